"""What the workshop can take a day, and how full it is with work that came without an appointment."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.workshop.domain import Capacity
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from shared.events import About
from shared.events.reception import AppointmentBooked, NeededHours, WorkAuthorised
from tests.callers import called_by, once
from tests.due import named, nothing_is_due
from tests.workshop.shop import Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


def plan(day: date, hours_milli: int = 8_000, *, skill: str = "glass", **fields: Any) -> dict[str, Any]:
    lines = [{"skill": skill, "bay_group": "lift", "hours_milli": hours_milli}]
    return {"from_on": day.isoformat(), "until_on": day.isoformat(), "lines": lines} | fields


async def planned(shop: Shop, body: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await shop.client.post(f"/stores/{shop.store}/capacities", json=body, headers=shop.dispatcher | once())
    assert answer.status_code == 201, answer.text
    return list(answer.json()["items"])


async def said(shop: Shop, capacity: str) -> list[tuple[int, int]]:
    """What was said of it: (offered, loaded), oldest first."""
    async with shop.database.hearing() as session:
        query = text("SELECT body::jsonb FROM outbox WHERE subject = :id ORDER BY version")
        bodies = await session.scalars(query, {"id": UUID(capacity)})
        return [(body["offered_hours_milli"], body["loaded_hours_milli"]) for body in bodies]


async def review(shop: Shop) -> None:
    await nothing_is_due("workshop", shop.database, named(DUE, "review_load"))


@pytest.mark.usefixtures("noon")
async def test_hours_are_offered_on_the_chosen_weekdays(shop: Shop) -> None:
    """R1, K5: said once for each day that changes; planning a day anew replaces what it offered."""
    body = plan(date(2027, 3, 1), until_on="2027-03-14", weekdays=[1, 6])
    days = await planned(shop, body)
    assert sorted(day["day"] for day in days) == ["2027-03-01", "2027-03-06", "2027-03-08", "2027-03-13"]
    first = next(day for day in days if day["day"] == "2027-03-01")
    await planned(shop, body)
    await planned(shop, plan(date(2027, 3, 1), 0))
    assert await said(shop, first["id"]) == [(8_000, 0), (0, 0)]
    listed = await shop.client.get(
        "/capacities", params={"store_id": shop.store, "from_on": "2027-03-01", "until_on": "2027-03-07"},
        headers=shop.dispatcher,
    )  # fmt: skip
    assert sorted(row["offered_hours_milli"] for row in listed.json()["items"]) == [0, 8_000]


def appointed(shop: Shop, hours_milli: int) -> AppointmentBooked:
    """For so many hours of glass work."""
    return AppointmentBooked(
        about=About(subject=new_id(), version=1, store_id=shop.store), customer_id=new_id(), vehicle_id=new_id(),
        starts_at=NOON, day=NOON.date().isoformat(), services=[], channel="phone", booked_at=NOON,
        needs=[NeededHours(skill="glass", bay_group="lift", hours_milli=hours_milli)],
    )  # fmt: skip


def work(
    shop: Shop, promised_at: datetime, *hours_milli: int, skill: str = "glass", appointment_id: UUID | None = None
) -> WorkAuthorised:
    op_code = f"{skill.upper()}-FRONT"
    lines = [a_labour_line(op_code=op_code).model_copy(update={"flat_hours_milli": each}) for each in hours_milli]
    told = authorised_work(*lines, ro_id=new_id(), store_id=shop.store)
    return told.model_copy(update={"promised_at": promised_at, "appointment_id": appointment_id})


@pytest.mark.usefixtures("noon")
async def test_work_that_came_without_an_appointment_loads_its_day(shop: Shop) -> None:
    """R1: of appointed work only what exceeds the hours that were booked for it; those are counted by reception."""
    day = clock.now() + timedelta(days=300)
    [capacity] = await planned(shop, plan(day.date()))
    await review(shop)
    assert await said(shop, capacity["id"]) == [(8_000, 0)]
    booked = appointed(shop, 1_000)
    await shop.hear(work(shop, day, 1_500), work(shop, day, 700, 1_900, appointment_id=booked.about.subject))
    with clock.stopped(NOON + timedelta(minutes=2)):
        await review(shop)
    assert (await said(shop, capacity["id"]))[-1] == (8_000, 1_500), "nothing was heard of the appointment yet"
    await shop.hear(booked)
    with clock.stopped(NOON + timedelta(minutes=4)):
        await review(shop)
    assert (await said(shop, capacity["id"]))[-1] == (8_000, 3_100)


async def test_what_was_promised_for_days_that_are_over_takes_the_hours_of_today(shop: Shop) -> None:
    """K5, R1: unfinished work does not vanish at midnight; the forecast and what is said of the day agree."""
    day = NOON + timedelta(days=400)
    skill, until_on = "tint", (day + timedelta(days=1)).date().isoformat()
    with clock.stopped(day):
        both = await planned(shop, plan(day.date(), until_on=until_on, skill=skill))
        today, tomorrow = sorted(both, key=lambda each: str(each["day"]))
        late, next_day = (day + timedelta(days=days) for days in (-3, 1))
        await shop.hear(work(shop, late, 2_500, skill=skill), work(shop, next_day, 500, skill=skill))
        await review(shop)
    assert [(await said(shop, each["id"]))[-1] for each in (today, tomorrow)] == [(8_000, 2_500), (8_000, 500)]
    asked = {"from_on": today["day"], "until_on": tomorrow["day"], "skill": skill}
    path = f"/stores/{shop.store}/capacity-forecast"
    with clock.stopped(day):
        found = (await shop.client.get(path, params=asked, headers=shop.dispatcher)).json()["items"]
        assert [each["walk_in_hours_milli"] for each in found] == [2_500, 500]
    with clock.stopped(day + timedelta(days=1)):
        await review(shop)
    assert [(await said(shop, each["id"]))[-1] for each in (today, tomorrow)] == [(8_000, 2_500), (8_000, 3_000)]


async def test_days_that_are_over_are_counted_no_more(shop: Shop) -> None:
    with clock.stopped(NOON + timedelta(days=20)):
        [capacity] = await planned(shop, plan((NOON + timedelta(days=20)).date()))
    with clock.stopped(NOON + timedelta(days=30)):
        await review(shop)
    async with shop.database.hearing() as session:
        assert (await session.get_one(Capacity, UUID(capacity["id"]))).review_at is None


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"until_on": "2027-02-28"}, "body.until_on", "range_wrong"),
        ({"until_on": "2027-09-01"}, "body.until_on", "range_wrong"),
        ({"weekdays": [8]}, "body.weekdays.0", "less_than_equal"),
        ({"until_on": "tomorrow"}, "body.until_on", "value_error"),
    ],
)
async def test_a_plan_that_cannot_be_meant_is_refused(shop: Shop, fields: dict[str, Any], field: str, code: str) -> None:
    body = plan(date(2027, 3, 1)) | fields
    answer = await shop.client.post(f"/stores/{shop.store}/capacities", json=body, headers=shop.dispatcher | once())
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)


async def test_technicians_do_not_plan(shop: Shop) -> None:
    headers = called_by("technician", store=shop.store) | once()
    answer = await shop.client.post(f"/stores/{shop.store}/capacities", json=plan(date(2027, 3, 1)), headers=headers)
    assert answer.status_code == 403
