"""Keeping whose a car is, and was."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Vehicle, VehicleOwner
from services.reception.domain.owners import in_turn
from shared import clock
from shared.settings import stores


async def owners_of(vehicle: Vehicle, session: AsyncSession) -> list[VehicleOwner]:
    """The car's owners in turn; the vehicle is locked.  Where an older release opened the file, the first one is written down
    here."""
    owners = list(await session.scalars(VehicleOwner.of_vehicle(vehicle.id)))
    if not owners:
        owners = [VehicleOwner(vehicle_id=vehicle.id, customer_id=vehicle.customer_id)]
        session.add_all(owners)
    return in_turn(owners)


def begin_ownership(vehicle: Vehicle, session: AsyncSession) -> None:
    """A car's file is opened for its owner."""
    now = clock.now()
    today = clock.day_in(stores()[vehicle.store_id].time_zone, now)
    session.add(VehicleOwner(vehicle_id=vehicle.id, customer_id=vehicle.customer_id, owned_from_on=today, holds_from_at=now))


def succeed(vehicle: Vehicle, owners: list[VehicleOwner], session: AsyncSession) -> None:
    """The counter writes down that the car is `vehicle.customer_id`'s from now on: whatever is known, this comes after it."""
    now = clock.now()
    last = owners[-1].holds_from_at
    successor = VehicleOwner(
        vehicle_id=vehicle.id,
        customer_id=vehicle.customer_id,
        owned_from_on=clock.day_in(stores()[vehicle.store_id].time_zone, now),
        holds_from_at=max(now, last + timedelta(microseconds=1)) if last else now,
    )
    session.add(successor)
    in_turn([*owners, successor])
