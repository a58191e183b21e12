"""Keeping vehicles' files."""

from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.vehicles import ChangeOwner, DescribeVehicle, IdentifyVehicle, RegisterVehicle
from services.reception.domain import Vehicle
from services.reception.handlers.customers import open_file
from services.reception.handlers.files import complete_files
from services.reception.handlers.owners import begin_ownership, owners_of, succeed
from shared import clock
from shared.outbox import announce
from shared.refusal import Refused

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('reception vin'), hashtext(:vin))")


async def alone_with(vin: str, session: AsyncSession) -> None:
    """Until this transaction ends, nobody else opens a file for this VIN."""
    await session.execute(_ONE_AT_A_TIME, {"vin": vin})


async def register_vehicle(store_id: str, command: RegisterVehicle, session: AsyncSession) -> Vehicle:
    """Open a file; Refused('vin_known') with the vehicle's id when the group knows the car already."""
    await alone_with(command.vin, session)
    known = await session.scalar(select(Vehicle.id).where(Vehicle.vin == command.vin))
    if known is not None:
        raise Refused("vin_known", "The group knows this car already.", vehicle_id=known)
    await open_file(command.customer_id, session)
    described = command.model_dump(include=set(DescribeVehicle.model_fields))
    vehicle = Vehicle(store_id=store_id, vin=command.vin, odometer_km=0, visits=0, **described)
    said = vehicle.identify(**_identity(command))
    vehicle.confirm()
    session.add(vehicle)
    await session.flush()
    begin_ownership(vehicle, session)
    announce(session, said)
    return vehicle


async def identify_vehicle(vehicle_id: UUID, command: IdentifyVehicle, session: AsyncSession) -> Vehicle:
    """Keep what the car is, and whose, from now on."""
    vehicle = await session.get_one(Vehicle, vehicle_id)
    await _change_hands(vehicle, command.customer_id, session)
    announce(session, vehicle.identify(**_identity(command)))
    vehicle.confirm()
    await complete_files(session, vehicle_id=vehicle.id)
    return vehicle


async def change_owner(vehicle_id: UUID, command: ChangeOwner, session: AsyncSession) -> Vehicle:
    """The car belongs to another customer; what was signed before stays the customer's who signed it."""
    vehicle = await session.get_one(Vehicle, vehicle_id)
    if command.customer_id == vehicle.customer_id:
        raise Refused("owner_unchanged", "The car belongs to this customer already.")
    await _change_hands(vehicle, command.customer_id, session)
    if command.plate is not None and command.plate != vehicle.plate:
        announce(session, vehicle.identify(**_as_it_is(vehicle) | {"plate": command.plate}))
    vehicle.confirm()
    await complete_files(session, vehicle_id=vehicle.id)
    return vehicle


async def confirm_vehicle(vehicle_id: UUID, session: AsyncSession) -> Vehicle:
    """Plate and papers are as the file says."""
    vehicle = await session.get_one(Vehicle, vehicle_id)
    vehicle.confirm()
    vehicle.version += 1
    return vehicle


async def describe_vehicle(vehicle_id: UUID, command: DescribeVehicle, session: AsyncSession) -> Vehicle:
    """Complete the file."""
    vehicle = await session.get_one(Vehicle, vehicle_id)
    vehicle.describe(**command.model_dump())
    await complete_files(session, vehicle_id=vehicle.id)
    return vehicle


async def _change_hands(vehicle: Vehicle, customer_id: UUID, session: AsyncSession) -> None:
    await open_file(customer_id, session)
    if customer_id == vehicle.customer_id:
        return
    owners = await owners_of(vehicle, session)
    announce(session, vehicle.belong_to(customer_id, clock.now()))
    succeed(vehicle, owners, session)
    if vehicle.first_maintenance_on is not None and vehicle.first_maintenance_km is not None:
        announce(session, vehicle.expect_first_maintenance(vehicle.first_maintenance_on, vehicle.first_maintenance_km))


def _identity(command: IdentifyVehicle) -> dict[str, Any]:
    return command.model_dump(include=set(IdentifyVehicle.model_fields))


def _as_it_is(vehicle: Vehicle) -> dict[str, Any]:
    return {name: getattr(vehicle, name) for name in IdentifyVehicle.model_fields}
