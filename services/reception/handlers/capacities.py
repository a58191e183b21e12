"""Hearing what the workshop can take."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import CapacitySlot
from shared.events.workshop import CapacityChanged


async def note_capacity(event: CapacityChanged, session: AsyncSession) -> None:
    """Keep the newest word."""
    slot = await session.get_one(CapacitySlot, event.about.subject)
    slot.tell(event)
