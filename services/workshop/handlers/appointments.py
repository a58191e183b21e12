"""Knowing what appointments will need."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import BookedHours
from services.workshop.domain.appointments import Told


async def note_appointment(event: Told, session: AsyncSession) -> None:
    """Somebody comes, comes at another time, or does not come."""
    (await session.get_one(BookedHours, event.about.subject)).tell(event)
