"""The phrases that a store's advisors are shown."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import CourtesyPhrases, ReceptionPolicy
from shared import clock


async def phrases_of(store_id: str, session: AsyncSession) -> CourtesyPhrases:
    """The store's own where it has set any, else the group's, else ours."""
    return CourtesyPhrases.under(await session.scalar(ReceptionPolicy.in_force(CourtesyPhrases.NAME, store_id, clock.now())))
