"""What the coming days can take, and what is known of their work (K5)."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import AuthorisedOrder, BookedHours, Capacity, Job
from services.workshop.domain.workload import counted_on, counts_between
from shared.settings import stores


@dataclass
class Outlook:
    """One skill on one day, hours in thousandths."""

    sellable_hours_milli: int = 0
    appointed_hours_milli: int = 0
    walk_in_hours_milli: int = 0
    expected_hours_milli: int = 0


async def outlook(
    store_id: str, from_on: date, until_on: date, skill: str | None, session: AsyncSession
) -> dict[tuple[date, str], Outlook]:
    """By day and skill.  Work counts in full until it is completed, on the day of the store that it is promised for; today
    where that day is over."""
    found: defaultdict[tuple[date, str], Outlook] = defaultdict(Outlook)
    offered = select(Capacity.day, Capacity.skill, func.sum(Capacity.offered_hours_milli)).where(
        Capacity.store_id == store_id, Capacity.day.between(from_on, until_on)
    )
    if skill is not None:
        offered = offered.where(Capacity.skill == skill)
    for day, name, sellable in await session.execute(offered.group_by(Capacity.day, Capacity.skill)):
        found[day, name].sellable_hours_milli = int(sellable)
    zone = stores()[store_id].time_zone
    day_of, appointed = counted_on(zone), AuthorisedOrder.appointment_id.is_not(None)
    work = (
        select(day_of, Job.skill, appointed, func.coalesce(func.sum(Job.flat_hours_milli), 0))
        .join(AuthorisedOrder, AuthorisedOrder.id == Job.ro_id)
        .where(Job.store_id == store_id, counts_between(zone, from_on, until_on))
    )
    if skill is not None:
        work = work.where(Job.skill == skill)
    for day, name, by_appointment, hours_milli in await session.execute(work.group_by(day_of, Job.skill, appointed)):
        if by_appointment:
            found[day, name].appointed_hours_milli = int(hours_milli or 0)
        else:
            found[day, name].walk_in_hours_milli = int(hours_milli or 0)
    came = select(AuthorisedOrder.id).where(AuthorisedOrder.appointment_id == BookedHours.id)
    coming = select(BookedHours.day, BookedHours.needs).where(
        BookedHours.store_id == store_id, BookedHours.day.between(from_on, until_on), ~came.exists()
    )
    for on, needs in await session.execute(coming):
        for need in needs:
            if on is not None and skill in (None, need["skill"]):
                found[on, need["skill"]].expected_hours_milli += need["hours_milli"]
    return found
