"""Finding appointments, and what is still free."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Appointment, ArrivalSlot, CapacitySlot, Customer
from services.reception.domain.appointments import AppointmentTerms
from shared import clock
from shared.settings import stores

MOST_DAYS = 31


def appointments(
    *,
    store_id: str | None,
    state: str | None,
    from_on: date | None,
    until_on: date | None,
    advisor: str | None,
    customer_id: UUID | None,
    vehicle_id: UUID | None,
    channel: str | None,
    reminder_open: bool,
) -> Select[Appointment]:
    """Appointments that fit all given filters; `customer_id` finds those of files merged into it too; `reminder_open`:
    reminded, and nobody answered yet."""
    given = {"store_id": store_id, "state": state, "advisor": advisor, "vehicle_id": vehicle_id, "channel": channel}
    found = select(Appointment).filter_by(**{name: value for name, value in given.items() if value is not None})
    if customer_id is not None:
        found = found.where(Appointment.customer_id.in_(Customer.same_file(customer_id)))
    if from_on is not None:
        found = found.where(Appointment.day >= from_on)
    if until_on is not None:
        found = found.where(Appointment.day <= until_on)
    if reminder_open:
        found = found.where(Appointment.state == "confirmed", Appointment.reminded_at.is_not(None), Appointment.reply.is_(None))
    return found


async def no_shows(customer_id: UUID, session: AsyncSession) -> int:
    """How often the customer did not come, in the stores that the caller sees, under whichever file it was booked."""
    holds_now = (await session.scalars(Customer.survivor_of(customer_id))).one()
    theirs = Appointment.customer_id.in_(Customer.same_file(holds_now))
    missed = select(func.count()).select_from(Appointment).where(theirs, Appointment.state == "no_show")
    return await session.scalar(missed) or 0


@dataclass(frozen=True, slots=True)
class FreeDay:
    """What is free on one day: hours of one skill in one group of bays, and the times at which an advisor is free."""

    day: date
    skill: str
    bay_group: str
    offered_hours_milli: int
    free_hours_milli: int
    times: list[datetime]


async def free_days(
    store_id: str,
    from_on: date,
    until_on: date,
    skill: str | None,
    bay_group: str | None,
    hours_milli: int,
    terms: AppointmentTerms,
    session: AsyncSession,
) -> list[FreeDay]:
    """The days' slots, in order; times only where so many hours are free, past times and full ones left out."""
    given = {"store_id": store_id, "skill": skill, "bay_group": bay_group}
    found = select(CapacitySlot).filter_by(**{name: value for name, value in given.items() if value is not None})
    found = found.where(CapacitySlot.day >= from_on, CapacitySlot.day <= until_on)
    slots = (await session.scalars(found.order_by(CapacitySlot.day, CapacitySlot.skill, CapacitySlot.bay_group))).all()
    zone = ZoneInfo(stores()[store_id].time_zone)
    begin, end = (datetime.combine(day, time(), zone) for day in (from_on, until_on + timedelta(days=1)))
    called = select(ArrivalSlot).where(
        ArrivalSlot.store_id == store_id, ArrivalSlot.starts_at >= begin, ArrivalSlot.starts_at < end
    )
    arrivals = {slot.starts_at: slot.arrivals for slot in await session.scalars(called)}
    times = {day: _times(day, zone, terms, arrivals) for day in {slot.day for slot in slots}}
    return [
        FreeDay(slot.day, slot.skill, slot.bay_group, slot.offered_hours_milli, max(0, slot.free_hours_milli),
                times[slot.day] if slot.free_hours_milli >= hours_milli else [])
        for slot in slots
    ]  # fmt: skip


def _times(day: date, zone: ZoneInfo, terms: AppointmentTerms, arrivals: dict[datetime, int]) -> list[datetime]:
    minutes = range(
        -(-terms.opens_minute // terms.grid_minutes) * terms.grid_minutes, terms.last_arrival_minute + 1, terms.grid_minutes
    )
    times = [datetime.combine(day, time(minute // 60, minute % 60), zone) for minute in minutes if minute < 1440]
    return [at for at in times if at > clock.now() and arrivals.get(at, 0) < terms.arrivals_at_once]


async def oversold(store_id: str, session: AsyncSession) -> Sequence[CapacitySlot]:
    """From today on, where more is booked than the workshop can take: it lost hours, or cars walked in."""
    today = clock.day_in(stores()[store_id].time_zone)
    over = CapacitySlot.booked_hours_milli > CapacitySlot.offered_hours_milli - CapacitySlot.loaded_hours_milli
    found = select(CapacitySlot).where(CapacitySlot.store_id == store_id, CapacitySlot.day >= today, over)
    return (await session.scalars(found.order_by(CapacitySlot.day, CapacitySlot.id))).all()
