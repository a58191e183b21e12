"""Hearing which promises the workshop will hardly keep."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import PromiseRisk
from shared.events.workshop import PromiseAtRisk


async def note_risk(event: PromiseAtRisk, session: AsyncSession) -> None:
    """Keep the newest of each job."""
    (await session.get_one(PromiseRisk, event.about.subject)).tell(event)
