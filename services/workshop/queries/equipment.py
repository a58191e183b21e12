"""Equipment, and what has to be maintained."""

from datetime import date
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Equipment, Maintenance
from shared.refusal import Unknown


def equipment(store_id: str, due_until: date | None) -> Select[Equipment]:
    """All of the store, or what is due by that day."""
    found = select(Equipment).where(Equipment.store_id == store_id)
    return found if due_until is None else found.where(Equipment.due_on <= due_until)


async def piece(equipment_id: UUID, session: AsyncSession) -> Equipment:
    """Unknown when there is none."""
    found = await session.get(Equipment, equipment_id)
    if found is None:
        raise Unknown("equipment")
    return found


def maintenances(equipment_id: UUID) -> Select[Maintenance]:
    """All of one piece."""
    return select(Maintenance).where(Maintenance.equipment_id == equipment_id)
