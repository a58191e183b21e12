"""Reading what was done to a car at any store."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Vehicle, VehicleVisit


async def history_of(vehicle_id: UUID, session: AsyncSession) -> Select[VehicleVisit]:
    """The car's visits; NoResultFound when there is no such car."""
    await session.get_one(Vehicle, vehicle_id)
    return select(VehicleVisit).where(VehicleVisit.vehicle_id == vehicle_id)
