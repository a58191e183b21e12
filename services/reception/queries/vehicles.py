"""Finding vehicles."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, Vehicle


def vehicles(*, vin: str | None, plate: str | None) -> Select[Vehicle]:
    """Vehicles with this VIN and plate."""
    found = select(Vehicle)
    if vin is not None:
        found = found.where(Vehicle.vin == vin)
    if plate is not None:
        found = found.where(Vehicle.plate == plate)
    return found


async def vehicles_of(found: Sequence[RepairOrder], session: AsyncSession) -> dict[UUID, Vehicle]:
    """The orders' vehicles by id."""
    rows = await session.scalars(select(Vehicle).where(Vehicle.id.in_({order.vehicle_id for order in found})))
    return {vehicle.id: vehicle for vehicle in rows}
