"""Bays that cannot, or could not, be used."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Bay, Outage
from shared.refusal import Unknown


def outages(store_id: str, bay: str | None, *, lasting: bool) -> Select[Outage]:
    """Outages of the store, of one bay; `lasting`: only those that have not ended."""
    found = select(Outage).where(Outage.store_id == store_id)
    if bay is not None:
        found = found.where(Outage.bay == bay)
    return found.where(Outage.ended_at.is_(None)) if lasting else found


async def bay(bay_id: UUID, session: AsyncSession) -> Bay:
    """Unknown when there is none."""
    found = await session.get(Bay, bay_id)
    if found is None:
        raise Unknown("bay")
    return found
