"""Planning what the workshop can take, and counting what it has."""

import sys
from collections import defaultdict
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.capacities import PlanCapacity
from services.workshop.domain import AuthorisedOrder, Bay, BookedHours, Capacity, Job
from services.workshop.domain.capacities import REVIEWED_EVERY
from services.workshop.domain.workload import counted_on, counts_between
from services.workshop.handlers.capacity_plans import groups_of, plan_soon
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid
from shared.settings import stores

MOST_DAYS = 92


async def plan_capacity(store_id: str, command: PlanCapacity, session: AsyncSession) -> list[Capacity]:
    """Offer these hours on all chosen days, whatever the shifts say, or leave it to the shifts again.
    Invalid: `range_wrong`, `line_repeated`."""
    if not 0 <= (command.until_on - command.from_on).days < MOST_DAYS:
        raise Invalid("body.until_on", "range_wrong", f"Plan a range of at most {MOST_DAYS} days, the first day first.")
    hours = {(line.skill, line.bay_group): line.hours_milli for line in command.lines}
    if len(hours) != len(command.lines):
        raise Invalid("body.lines", "line_repeated", "Each skill and group of bays is planned once.")
    days = [command.from_on + timedelta(days=n) for n in range((command.until_on - command.from_on).days + 1)]
    wanted = {
        (day, skill, group): hours_milli
        for day in days
        if day.isoweekday() in command.weekdays
        for (skill, group), hours_milli in hours.items()
    }
    if None in hours.values():
        await plan_soon(store_id, session)
    planned = await groups_of(store_id, set(wanted), session)
    for capacity in planned:
        if said := capacity.plan(wanted[capacity.day, capacity.skill, capacity.bay_group]):
            announce(session, said)
    return planned


async def review_load(capacity: Capacity, session: AsyncSession) -> None:
    """Count the work of a day that no appointment took hours for: what stands in a bay of this group, and – for the group that
    offers most of the skill – what has no bay yet.  All that is due of the same store is counted with it, at once; a day that
    is over stays as it was counted last."""
    now, store_id = clock.now(), capacity.store_id
    if capacity.review_at is None or capacity.review_at > now:
        return
    due = (
        select(Capacity)
        .where(Capacity.store_id == store_id, Capacity.review_at <= now)
        .order_by(Capacity.id)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(due)).all()
    today = clock.day_in(stores()[store_id].time_zone)
    over = [row.id for row in rows if row.day < today]
    await session.execute(update(Capacity).where(Capacity.id.in_(over)).values(review_at=None))
    rows = [row for row in rows if row.day >= today]
    days = {row.day for row in rows}
    loads, takers = await _loads(store_id, days, session), await _take_what_has_no_bay(store_id, days, session)
    for row in rows:
        load = loads[row.day, row.skill, row.bay_group]
        if takers[row.day, row.skill] == row.bay_group:
            load += loads[row.day, row.skill, None]
        if said := row.review(load):
            announce(session, said)
    again = update(Capacity).where(Capacity.id.in_([row.id for row in rows]))
    await session.execute(again.values(review_at=now + REVIEWED_EVERY))


async def _loads(store_id: str, days: set[date], session: AsyncSession) -> defaultdict[tuple[date, str, str | None], int]:
    """Thousandths of an hour of unfinished work by day, skill and kind of the bay that it stands in.  Of an order that came by
    appointment only what exceeds the hours booked for it: reception counts those."""
    found: defaultdict[tuple[date, str, str | None], int] = defaultdict(int)
    if not days:
        return found
    zone = stores()[store_id].time_zone
    day_of, by = counted_on(zone), AuthorisedOrder.appointment_id
    unfinished = (
        select(day_of, Job.ro_id, Job.skill, Bay.kind, by, func.coalesce(func.sum(Job.flat_hours_milli), 0))
        .join(AuthorisedOrder, AuthorisedOrder.id == Job.ro_id)
        .outerjoin(Bay, (Bay.store_id == Job.store_id) & (Bay.code == Job.bay))
        .where(Job.store_id == store_id, counts_between(zone, min(days), max(days)))
        .group_by(day_of, Job.ro_id, Job.skill, Bay.kind, by)
        .order_by(day_of, Job.ro_id, Job.skill, Bay.kind)
    )
    rows = (await session.execute(unfinished)).all()
    booked = await _booked({appointment for *_, appointment, _ in rows if appointment is not None}, session)
    for day, _, skill, kind, appointment, hours in rows:
        excess = int(hours or 0)
        if appointment is not None:
            left = booked[appointment]
            taken = min(left[skill], excess)
            left[skill], excess = left[skill] - taken, excess - taken
        found[day, skill, kind] += excess
    return found


async def _booked(appointments: set[UUID], session: AsyncSession) -> dict[UUID, defaultdict[str, int]]:
    """Thousandths of an hour by skill; more than any order needs where the appointment was not heard of yet."""
    known = await session.scalars(select(BookedHours).where(BookedHours.id.in_(appointments), BookedHours.told_version > 0))
    found = {appointment: defaultdict[str, int](lambda: sys.maxsize) for appointment in appointments}
    for one in known:
        found[one.id] = defaultdict(int)
        for need in one.needs:
            found[one.id][need["skill"]] += need["hours_milli"]
    return found


async def _take_what_has_no_bay(store_id: str, days: set[date], session: AsyncSession) -> dict[tuple[date, str], str]:
    """By day and skill, the group that offers most."""
    groups = select(Capacity.day, Capacity.skill, Capacity.bay_group).where(
        Capacity.store_id == store_id, Capacity.day.in_(days)
    )
    found: dict[tuple[date, str], str] = {}
    for day, skill, group in await session.execute(groups.order_by(Capacity.offered_hours_milli.desc(), Capacity.bay_group)):
        found.setdefault((day, skill), group)
    return found
