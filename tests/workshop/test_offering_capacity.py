"""What the workshop can take a day, and how full it is with work that came without an appointment."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.workshop.domain import Capacity
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from tests.callers import called_by, once
from tests.due import named, nothing_is_due
from tests.workshop.shop import Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work


@pytest.fixture
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


def plan(day: date, hours_milli: int = 8_000, **fields: Any) -> dict[str, Any]:
    lines = [{"skill": "glass", "bay_group": "lift", "hours_milli": hours_milli}]
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


@pytest.mark.usefixtures("noon")
async def test_work_that_came_without_an_appointment_loads_its_day(shop: Shop) -> None:
    """R1: appointed work is not counted, its hours were taken when it was booked; finished work neither."""
    day = clock.now() + timedelta(days=300)
    [capacity] = await planned(shop, plan(day.date()))
    await review(shop)
    assert await said(shop, capacity["id"]) == [(8_000, 0)]
    walk_in, appointed = new_id(), new_id()
    line = a_labour_line(op_code="GLASS-FRONT").model_copy(update={"flat_hours_milli": 1_500})
    other = a_labour_line(op_code="GLASS-REAR").model_copy(update={"flat_hours_milli": 700})
    await shop.hear(
        authorised_work(line, ro_id=walk_in, store_id=shop.store).model_copy(update={"promised_at": day}),
        authorised_work(other, ro_id=appointed, store_id=shop.store).model_copy(
            update={"promised_at": day, "appointment_id": new_id()}
        ),
    )
    with clock.stopped(NOON + timedelta(minutes=2)):
        await review(shop)
    assert (await said(shop, capacity["id"]))[-1] == (8_000, 1_500)


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
