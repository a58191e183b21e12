"""What is brought forward to the next visit: one function per source, so that each can be had alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Customer, CustomerComplaint, DeferredItem, RepairOrder, Vehicle, VehicleFlag
from services.reception.queries.supplements import put_off


@dataclass(frozen=True, slots=True)
class LastReading:
    """What the odometer showed at the visit before, when and in which store."""

    km: int
    read_at: datetime | None
    store_id: str | None


@dataclass(frozen=True, slots=True)
class BroughtForward:
    """What the advisor should know when this car comes in."""

    vehicle_id: UUID
    open_complaint: bool
    last_reading: LastReading | None
    flags: Sequence[VehicleFlag]
    deferred: Sequence[DeferredItem]
    """Work that was declined or put off, the gravest first."""


async def to_the_next_visit(vehicle: Vehicle, day: date, session: AsyncSession) -> BroughtForward:
    """Before the car is checked in; `day` is the caller's day, for what is no longer valid."""
    return BroughtForward(
        vehicle_id=vehicle.id,
        open_complaint=await untold_complaint(vehicle.customer_id, session),
        last_reading=reading_of(vehicle),
        flags=await flags_of(vehicle.id, day, session),
        deferred=await put_off(vehicle.id, session),
    )


async def to_this_visit(order: RepairOrder, day: date, session: AsyncSession) -> BroughtForward:
    """For a car that is here: complaint and reading as they were when it came."""
    return BroughtForward(
        vehicle_id=order.vehicle_id,
        open_complaint=order.open_complaint,
        last_reading=reading_before(order),
        flags=await flags_of(order.vehicle_id, day, session),
        deferred=await put_off(order.vehicle_id, session),
    )


async def untold_complaint(customer_id: UUID, session: AsyncSession) -> bool:
    """Whether the customer complained since the last visit."""
    of_theirs = CustomerComplaint.customer_id.in_(Customer.same_file(customer_id))
    return bool(await session.scalar(select(exists().where(of_theirs, CustomerComplaint.flagged_ro_id.is_(None)))))


async def flags_of(vehicle_id: UUID, day: date, session: AsyncSession) -> Sequence[VehicleFlag]:
    """Recalls, campaigns, 三包 warnings and notes that count on that day, oldest first."""
    return (await session.scalars(VehicleFlag.counting(vehicle_id, day))).all()


def reading_of(vehicle: Vehicle) -> LastReading | None:
    """None for a car that was never here."""
    if vehicle.odometer_read_at is None:
        return None
    return LastReading(vehicle.odometer_km, vehicle.odometer_read_at, vehicle.odometer_store)


def reading_before(order: RepairOrder) -> LastReading | None:
    """None for a car that was never here before."""
    if order.previous_km is None:
        return None
    return LastReading(order.previous_km, order.previous_read_at, order.previous_store)
