"""Planning who is at work when.  Whoever plans for a technician holds the technician's row."""

import itertools
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.shifts import PlanAbsence, PlanShifts
from services.workshop.domain import Absence, Shift, Technician
from services.workshop.domain.shifts import LONGEST_ABSENCE
from services.workshop.handlers import technicians
from services.workshop.handlers.capacity_plans import plan_soon
from shared import clock
from shared.refusal import Invalid, Refused
from shared.settings import stores

MOST_DAYS = 92


async def plan_shifts(store_id: str, command: PlanShifts, session: AsyncSession) -> list[Shift]:
    """One shift on each chosen day.  Invalid: range_wrong, times_wrong, break_too_long, unknown_technician.  Refused:
    shifts_overlap, left_the_store; then none is planned."""
    days = _days(command)
    _refuse_times(command)
    technician = await _planned_for(store_id, command.technician, session)
    shifts = [_shift(store_id, command, day) for day in days]
    if not shifts:
        return []
    technician.refuse_gone(days[-1])
    there = await session.scalars(
        select(Shift).where(
            Shift.store_id == store_id,
            Shift.technician == technician.code,
            Shift.called_off_at.is_(None),
            Shift.begins_at < shifts[-1].ends_at,
            Shift.begins_at > shifts[0].begins_at - timedelta(days=1),
        )
    )
    _refuse_overlaps([*there, *shifts])
    session.add_all(shifts)
    await session.flush()
    await plan_soon(store_id, session)
    return shifts


async def call_off(shift: Shift, session: AsyncSession) -> Shift:
    """Nobody comes.  Refused: shift_called_off, shift_over."""
    shift.call_off()
    await session.flush()
    await plan_soon(shift.store_id, session)
    return shift


async def plan_absence(store_id: str, command: PlanAbsence, session: AsyncSession) -> Absence:
    """Invalid: range_wrong, unknown_technician."""
    if not timedelta() < command.until_at - command.from_at <= LONGEST_ABSENCE:
        raise Invalid("body.until_at", "range_wrong", "An absence ends after its beginning and lasts a year at most.")
    technician = await _planned_for(store_id, command.technician, session)
    absence = Absence(
        store_id=store_id,
        technician=technician.code,
        kind=command.kind,
        from_at=command.from_at,
        until_at=command.until_at,
        version=1,
    )
    session.add(absence)
    await session.flush()
    await plan_soon(store_id, session)
    return absence


async def withdraw_absence(absence: Absence, session: AsyncSession) -> Absence:
    """They do come.  Refused: absence_withdrawn, absence_over."""
    absence.withdraw()
    await session.flush()
    await plan_soon(absence.store_id, session)
    return absence


def _days(command: PlanShifts) -> list[date]:
    length = (command.until_on - command.from_on).days
    if not 0 <= length < MOST_DAYS:
        raise Invalid("body.until_on", "range_wrong", f"Plan a range of at most {MOST_DAYS} days, the first day first.")
    days = (command.from_on + timedelta(days=n) for n in range(length + 1))
    return [day for day in days if day.isoweekday() in command.weekdays]


def _refuse_times(command: PlanShifts) -> None:
    length = command.ends_minute - command.begins_minute
    if not 0 < length <= 1_440:
        raise Invalid("body.ends_minute", "times_wrong", "A shift ends after its beginning and lasts a day at most.")
    if command.break_minutes >= length:
        raise Invalid("body.break_minutes", "break_too_long", "The break is shorter than the shift.")


def _shift(store_id: str, command: PlanShifts, day: date) -> Shift:
    zone = stores()[store_id].time_zone
    return Shift(
        store_id=store_id,
        technician=command.technician,
        day=day,
        begins_at=clock.minute_in(zone, day, command.begins_minute),
        ends_at=clock.minute_in(zone, day, command.ends_minute),
        break_minutes=command.break_minutes,
        version=1,
    )


def _refuse_overlaps(shifts: list[Shift]) -> None:
    in_order = sorted(shifts, key=lambda shift: shift.begins_at)
    for earlier, later in itertools.pairwise(in_order):
        if later.begins_at < earlier.ends_at:
            raise Refused("shifts_overlap", "The technician has another shift at that time.", day=later.day.isoformat())


async def _planned_for(store_id: str, code: str, session: AsyncSession) -> Technician:
    technician = await technicians.locked(store_id, code, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    return technician
