"""What tests of appointments say and ask: hours on offer, wishes, what is free, what falls due."""

from collections import Counter as Count
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.reception.domain import Appointment, ArrivalSlot, CapacitySlot
from services.reception.inbox import DUE
from shared.events import About
from shared.events.workshop import CapacityChanged
from tests.due import named, nothing_is_due
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON
from tests.shared.turnstile import until

SHANGHAI = ZoneInfo("Asia/Shanghai")


def capacity(day: date, hours_milli: int, version: int = 1, *, store: str = "sh01", **fields: Any) -> CapacityChanged:
    told: dict[str, Any] = {"skill": "mechanical", "bay_group": "lift", "loaded_hours_milli": 0} | fields
    subject = uuid5(NAMESPACE_OID, f"{store} {day} {told['skill']} {told['bay_group']}")
    return CapacityChanged(
        about=About(subject=subject, version=version, store_id=store), day=day.isoformat(), offered_hours_milli=hours_milli,
        changed_at=NOON, **told,
    )  # fmt: skip


def wish(car: Told, at: datetime, hours_milli: int = 2_000, **fields: Any) -> Told:
    needs = [{"skill": "mechanical", "bay_group": "lift", "hours_milli": hours_milli}]
    return car | {"starts_at": at.isoformat(), "needs": needs} | fields


async def free(counter: Counter, day: date) -> Told:
    query = {"from_on": day.isoformat(), "until_on": day.isoformat()}
    [found] = (await counter.get("/stores/sh01/free-slots", **query)).json()["items"]
    return dict(found)


async def fall_due(counter: Counter, name: str) -> None:
    await nothing_is_due("reception", counter.database, named(DUE, name))


async def until_due(counter: Counter, name: str, id: str, done: Callable[[Told], bool]) -> None:
    async def holds() -> bool:
        await fall_due(counter, name)
        return done((await counter.get(f"/appointments/{id}")).json())

    await until(holds)


async def nothing_is_held(counter: Counter) -> bool:
    await fall_due(counter, "expire")
    held: list[Told] = (await counter.get("/appointments", state="held")).json()["items"]
    return not held


async def agree(counter: Counter, days: tuple[date, ...]) -> None:
    """Nothing is oversold, and the slots of hours and of arrivals know exactly what is taken."""
    async with counter.database.hearing.begin() as session:
        slots = (await session.scalars(select(CapacitySlot).where(CapacitySlot.day.in_(days)))).all()
        living = (await session.scalars(select(Appointment).where(Appointment.day.in_(days)))).all()
        called = (await session.scalars(select(ArrivalSlot).where(ArrivalSlot.store_id == "sh01"))).all()
    taken, arrivals = Count[UUID](), Count[datetime]()
    for appointment in living:
        if appointment.takes_hours:
            taken.update({UUID(need["slot_id"]): need["hours_milli"] for need in appointment.needs})
            arrivals[appointment.starts_at] += 1
    assert len(slots) == len(days)
    for slot in slots:
        assert slot.booked_hours_milli == taken[slot.id] <= slot.offered_hours_milli
    for time in called:
        if time.starts_at.astimezone(SHANGHAI).date() in days:
            assert time.arrivals == arrivals[time.starts_at]
