"""When technicians work, from now on: shifts, absences, overtime, and who is at work now."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Absence, Attendance, Shift
from services.workshop.domain.stretches import Stretch
from services.workshop.domain.working_hours import WorkingHours, hours_of
from shared import clock
from shared.settings import stores

AHEAD = timedelta(days=28)
"""As far the roster is looked at."""


async def hours_of_each(store_id: str, codes: Sequence[str], session: AsyncSession) -> list[WorkingHours]:
    """Of these technicians of the store, in their order."""
    now = clock.now()
    shifts: defaultdict[str, list[Shift]] = defaultdict(list)
    stands = (Shift.store_id == store_id, Shift.called_off_at.is_(None), Shift.begins_at < now + AHEAD)
    theirs = select(Shift).where(*stands, Shift.technician.in_(codes), Shift.begins_at > now - timedelta(days=1))
    for shift in await session.scalars(theirs.where(Shift.ends_at > now)):
        shifts[shift.technician].append(shift)
    away: defaultdict[str, list[Stretch]] = defaultdict(list)
    absences = select(Absence).where(
        Absence.store_id == store_id,
        Absence.technician.in_(codes),
        Absence.until_at > now,
        Absence.from_at < now + AHEAD,
        Absence.withdrawn_at.is_(None),
    )
    for absence in await session.scalars(absences):
        away[absence.technician].append((absence.from_at, absence.until_at))
    at_work: defaultdict[str, list[Stretch]] = defaultdict(list)
    here = select(Attendance).where(
        Attendance.store_id == store_id, Attendance.technician.in_(codes), Attendance.left_at.is_(None)
    )
    for attendance in await session.scalars(here):
        at_work[attendance.technician] += _besides(attendance, shifts[attendance.technician])
    unplanned = (await _planned_until(store_id, session), now + AHEAD)
    return [hours_of(shifts[code], at_work[code], away[code], unplanned) for code in codes]


def _besides(attendance: Attendance, shifts: Sequence[Shift]) -> list[Stretch]:
    """What who is at work now works outside of the shifts: announced overtime, and where no shift lasts now, as long as
    nobody takes them for gone."""
    now = clock.now()
    until = [attendance.overtime_until_at] if attendance.overtime_until_at else []
    until += [] if any(shift.begins_at <= now for shift in shifts) else [attendance.closes_at]
    return [(now, moment) for moment in until]


async def _planned_until(store_id: str, session: AsyncSession) -> datetime:
    """The end of the last day, within what is looked at, for which anybody was rostered; now where nobody is: the days before
    it without a shift are days on which nobody works."""
    zone, now = stores()[store_id].time_zone, clock.now()
    last = await session.scalar(
        select(func.max(Shift.day)).where(
            Shift.store_id == store_id,
            Shift.called_off_at.is_(None),
            Shift.day <= clock.day_in(zone, now + AHEAD),
        )
    )
    return now if last is None else max(now, clock.midnight_in(zone, last + timedelta(days=1)))
