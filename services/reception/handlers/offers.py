"""Hearing what the parts department offers."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import PartOffer
from shared.events.parts import PartOffered


async def note_offer(event: PartOffered, session: AsyncSession) -> None:
    """Keep the newest word."""
    offer = await session.get_one(PartOffer, event.about.subject)
    offer.tell(event)
