"""Keeping vehicles' files."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.vehicles import IdentifyVehicle, RegisterVehicle
from services.reception.domain import Customer, Vehicle
from shared.outbox import announce
from shared.refusal import Invalid, Refused


async def register_vehicle(store_id: str, command: RegisterVehicle, session: AsyncSession) -> Vehicle:
    """Open a file; Refused('vin_known') with the vehicle's id when the group knows the car already."""
    known = await session.scalar(select(Vehicle.id).where(Vehicle.vin == command.vin))
    if known is not None:
        raise Refused("vin_known", "The group knows this car already.", vehicle_id=known)
    vehicle = Vehicle(store_id=store_id, vin=command.vin, odometer_km=0, visits=0)
    await _identify(vehicle, command, session)
    return vehicle


async def identify_vehicle(vehicle_id: UUID, command: IdentifyVehicle, session: AsyncSession) -> Vehicle:
    """Keep what the car is, and whose, from now on."""
    vehicle = await session.get_one(Vehicle, vehicle_id)
    await _identify(vehicle, command, session)
    return vehicle


async def _identify(vehicle: Vehicle, command: IdentifyVehicle, session: AsyncSession) -> None:
    if await session.get(Customer, command.customer_id) is None:
        raise Invalid("body.customer_id", "customer_unknown", "There is no such customer.")
    said = vehicle.identify(**command.model_dump(include=set(IdentifyVehicle.model_fields)))
    session.add(vehicle)
    announce(session, said)
