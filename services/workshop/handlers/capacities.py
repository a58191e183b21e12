"""Planning what the workshop can take, and counting what it has."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.capacities import PlanCapacity
from services.workshop.domain import AuthorisedOrder, Bay, Capacity, Job
from services.workshop.domain.states import ON_THE_BOARD
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
    """Count the day's work that came without an appointment: what stands in a bay of this group, and – for the group that
    offers most of the skill – what has no bay yet."""
    zone = ZoneInfo(stores()[capacity.store_id].time_zone)
    begin = datetime(capacity.day.year, capacity.day.month, capacity.day.day, tzinfo=zone)
    unfinished = (
        select(func.coalesce(func.sum(Job.flat_hours_milli), 0))
        .join(AuthorisedOrder, AuthorisedOrder.id == Job.ro_id)
        .where(
            Job.store_id == capacity.store_id,
            Job.skill == capacity.skill,
            Job.state.in_(ON_THE_BOARD),
            Job.promised_at >= begin,
            Job.promised_at < begin + timedelta(days=1),
            AuthorisedOrder.appointment_id.is_(None),
        )
    )
    in_group = select(Bay.code).where(Bay.store_id == capacity.store_id, Bay.kind == capacity.bay_group)
    load = await session.scalar(unfinished.where(Job.bay.in_(in_group))) or 0
    if await _takes_what_has_no_bay(capacity, session):
        load += await session.scalar(unfinished.where(Job.bay.is_(None))) or 0
    if said := capacity.review(int(load), clock.day_in(zone.key)):
        announce(session, said)


async def _takes_what_has_no_bay(capacity: Capacity, session: AsyncSession) -> bool:
    same = select(Capacity.id).where(
        Capacity.store_id == capacity.store_id, Capacity.day == capacity.day, Capacity.skill == capacity.skill
    )
    first = await session.scalar(same.order_by(Capacity.offered_hours_milli.desc(), Capacity.bay_group).limit(1))
    return first == capacity.id
