"""The technicians of a store."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Technician
from shared.refusal import Unknown


def technicians(store_id: str) -> Select[Technician]:
    """All technicians of the store."""
    return select(Technician).where(Technician.store_id == store_id)


async def technician(technician_id: UUID, session: AsyncSession) -> Technician:
    """Unknown when there is none."""
    found = await session.get(Technician, technician_id)
    if found is None:
        raise Unknown("technician")
    return found
