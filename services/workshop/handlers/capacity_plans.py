"""Working out what may be sold, from shifts, absences, bays and outages."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Absence, Bay, Capacity, CapacityPlan, CapacityTerms, Hours, Outage, Shift, Technician
from services.workshop.domain.capacities import PLANNED_EVERY
from services.workshop.domain.sellable import bay_minutes, minutes_at_work, sellable
from services.workshop.domain.stretches import Stretch
from shared import clock
from shared.cause import cause
from shared.outbox import announce
from shared.policies import ALL, terms_in_force
from shared.settings import stores

Group: TypeAlias = tuple[date, str, str]
"""Day, skill, kind of bay."""


async def plan_soon(store_id: str, session: AsyncSession) -> None:
    """Something changed that the store's capacity follows from: it is worked out anew with the next due work."""
    row = {"id": CapacityPlan.id_for(store_id), "store_id": store_id, "plan_at": clock.now(), "cause_id": cause().id}
    made = insert(CapacityPlan).values(row)
    newer = {"plan_at": made.excluded.plan_at, "cause_id": made.excluded.cause_id}
    await session.execute(made.on_conflict_do_update(index_elements=["store_id"], set_=newer))


async def plan_by_new_terms(store_id: str, session: AsyncSession) -> None:
    """The store, or with 'all' the group, sells its hours by other terms."""
    for each in sorted(stores()) if store_id == ALL else [store_id]:
        await plan_soon(each, session)


async def plan_store(plan: CapacityPlan, session: AsyncSession) -> None:
    """Offer what follows from the shifts of the coming days, and nothing more where hours were offered so before, or by hand
    for a day that is still too far ahead; what is planned by hand stays."""
    terms = await terms_in_force(CapacityTerms, plan.store_id, session)
    today = clock.day_in(stores()[plan.store_id].time_zone)
    days = [today + timedelta(days=n) for n in range(terms.ahead_days)]
    hours = await _hours(plan.store_id, days, terms, session)
    known = select(Capacity.day, Capacity.skill, Capacity.bay_group).where(
        Capacity.store_id == plan.store_id,
        Capacity.day >= today,
        Capacity.planned_hours_milli.is_(None),
        Capacity.day.in_(days) | (Capacity.offered_hours_milli > 0),
    )
    groups = {(day, skill, kind) for day, skill, kind in await session.execute(known)} | set(hours)
    for capacity in await groups_of(plan.store_id, groups, session):
        if said := capacity.follow_shifts(hours.get((capacity.day, capacity.skill, capacity.bay_group), 0)):
            announce(session, said)
    plan.plan_at = clock.now() + PLANNED_EVERY


async def groups_of(store_id: str, groups: Collection[Group], session: AsyncSession) -> list[Capacity]:
    """The capacities of these groups, made where they are missing, locked in the order of keys."""
    keys: Mapping[UUID, Group] = {Capacity.id_for(store_id, *group): group for group in groups}
    made = [
        {"id": id, "store_id": store_id, "version": 0, "cause_id": cause().id, "day": day, "skill": skill, "bay_group": kind,
         "offered_hours_milli": 0, "loaded_hours_milli": 0, "review_at": clock.now()}
        for id, (day, skill, kind) in sorted(keys.items())
    ]  # fmt: skip
    if not made:
        return []
    await session.execute(insert(Capacity).on_conflict_do_nothing(), made)
    rows = await session.scalars(select(Capacity).where(Capacity.id.in_(keys)).order_by(Capacity.id).with_for_update())
    return list(rows)


async def _hours(store_id: str, days: list[date], terms: CapacityTerms, session: AsyncSession) -> dict[Group, int]:
    """Thousandths of an hour that may be sold."""
    shifts: defaultdict[date, defaultdict[str, list[Shift]]] = defaultdict(lambda: defaultdict(list))
    rostered = select(Shift).where(Shift.store_id == store_id, Shift.day.in_(days), Shift.called_off_at.is_(None))
    for shift in await session.scalars(rostered):
        shifts[shift.day][shift.technician].append(shift)
    technicians = {each.code: each for each in await session.scalars(select(Technician).filter_by(store_id=store_id))}
    begins = clock.midnight_in(stores()[store_id].time_zone, days[0])
    away = await _away(store_id, begins, session)
    bays = (await session.scalars(select(Bay).filter_by(store_id=store_id))).all()
    out = await _out_of_order(store_id, begins, session)
    found: dict[Group, int] = {}
    for day, people in shifts.items():
        crew = [
            Hours(tuple(each.skills), terms.sold_of(each, minutes_at_work(people[each.code], away[each.code])))
            for each in technicians.values()
            if each.code in people and (each.left_on is None or each.left_on > day)
        ]
        present = [shift for each in people.values() for shift in each]
        rooms: defaultdict[str, int] = defaultdict(int)
        for bay in bays:
            rooms[bay.kind] += bay_minutes(present, out[bay.code]) * 1_000 // 60
        found |= {(day, *group): hours_milli for group, hours_milli in sellable(crew, rooms, terms).items()}
    return found


async def _away(store_id: str, since: datetime, session: AsyncSession) -> defaultdict[str, list[Stretch]]:
    found: defaultdict[str, list[Stretch]] = defaultdict(list)
    rows = select(Absence).where(Absence.store_id == store_id, Absence.until_at > since, Absence.withdrawn_at.is_(None))
    for absence in await session.scalars(rows):
        found[absence.technician].append((absence.from_at, absence.until_at))
    return found


async def _out_of_order(store_id: str, since: datetime, session: AsyncSession) -> defaultdict[str, list[Stretch]]:
    found: defaultdict[str, list[Stretch]] = defaultdict(list)
    lasting = Outage.ended_at.is_(None) | (Outage.ended_at > since)
    for outage in await session.scalars(select(Outage).where(Outage.store_id == store_id, lasting)):
        if outage.bay is not None:
            found[outage.bay].append(outage.stretch)
    return found
