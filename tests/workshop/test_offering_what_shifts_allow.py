"""What is offered follows from shifts, absences, bays and outages, soon after they change."""

from datetime import date, timedelta
from typing import Any

import pytest

from shared import clock
from shared.database import Database, new_id
from shared.events import About, Event
from shared.events.reception import AppointmentBooked, AppointmentCancelled, AppointmentRescheduled, NeededHours
from tests.workshop.roster import (
    a_bay,
    a_code,
    a_shift,
    a_technician,
    at,
    facts_of,
    in_days,
    listed,
    made,
    offered,
    until_planned,
)
from tests.workshop.shop import Shop
from tests.workshop.words import a_labour_line, authorised_work


@pytest.fixture
def other(shop: Shop, database: Database) -> Shop:
    """The workshop of another store, whose bays and people are few."""
    return Shop(shop.client, database, store="sh02")


async def set_terms(shop: Shop, **value: object) -> None:
    headers = shop.by("store_manager")
    path = f"/stores/{shop.store}/policies/capacity"
    answer = await shop.client.post(path, json={"value": value}, headers=headers | {"Idempotency-Key": a_code("k")})
    assert answer.is_success, answer.text


async def test_a_shift_is_offered_soon_and_no_more_when_it_is_called_off(other: Shop) -> None:
    """R1, W8: eight hours of who counts in full, none of them after the shift was called off; said once each."""
    skill, day = a_code("s"), in_days(3)
    technician = (await a_technician(other, skill))["code"]
    kind = (await a_bay(other, a_code("k")))["kind"]
    await set_terms(other, bay_kinds={skill: [kind]})
    shift = await a_shift(other, technician, day)
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 8_000}
    [row] = await listed(other, "/capacities", store_id=other.store, skill=skill)
    assert (row["bay_group"], row["planned_hours_milli"]) == (kind, None)
    await made(other, f"/shifts/{shift['id']}/calling-off", version=1)
    await until_planned(other)
    assert await offered(other, skill) == {}
    assert [fact["offered_hours_milli"] for fact in await facts_of(other, row["id"], "capacity_changed")] == [8_000, 0]


async def test_what_has_not_changed_is_not_said_again(other: Shop) -> None:
    skill, day = a_code("s"), in_days(4)
    technician = (await a_technician(other, skill))["code"]
    kind = (await a_bay(other, a_code("k")))["kind"]
    await set_terms(other, bay_kinds={skill: [kind]})
    await a_shift(other, technician, day)
    await until_planned(other)
    await a_shift(other, (await a_technician(other, a_code("s")))["code"], in_days(5))
    await until_planned(other)
    [row] = await listed(other, "/capacities", store_id=other.store, skill=skill)
    assert len(await facts_of(other, row["id"], "capacity_changed")) == 1


async def test_other_terms_of_sale_count_at_once(other: Shop) -> None:
    """K5: nobody has to touch a shift for it."""
    skill, day = a_code("s"), in_days(23)
    technician = await a_technician(other, skill)
    await a_shift(other, technician["code"], day, break_minutes=0, ends_minute=16 * 60)
    kind = (await a_bay(other, a_code("k")))["kind"]
    await set_terms(other, bay_kinds={skill: [kind]})
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 8_000}
    await set_terms(other, bay_kinds={skill: [a_code("none")]})
    await until_planned(other)
    assert await offered(other, skill) == {}


async def test_a_day_far_ahead_that_is_left_to_the_shifts_is_sold_no_more(other: Shop) -> None:
    """R1: nobody has planned its shifts yet."""
    skill, day = a_code("s"), in_days(60)
    path, lines = f"/stores/{other.store}/capacities", {"skill": skill, "bay_group": "lift"}
    for hours_milli, sold in ((40_000, {day.isoformat(): 40_000}), (None, {})):
        body = {"from_on": day.isoformat(), "until_on": day.isoformat(), "lines": [lines | {"hours_milli": hours_milli}]}
        await made(other, path, body)
        await until_planned(other)
        assert await offered(other, skill) == sold


async def test_absence_and_grade_take_their_part(other: Shop) -> None:
    """W8: four hours of leave; from then on half of the rest, as an apprentice."""
    skill, day = a_code("s"), in_days(6)
    technician = await a_technician(other, skill)
    await set_terms(other, bay_kinds={skill: [(await a_bay(other, a_code("k")))["kind"]]})
    await a_shift(other, technician["code"], day, break_minutes=0, ends_minute=16 * 60)
    body = {"technician": technician["code"], "kind": "leave", "from_at": at(day, 12).isoformat()}
    absence = await made(other, f"/stores/{other.store}/absences", body | {"until_at": at(in_days(7), 12).isoformat()})
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 4_000}
    await made(other, f"/technicians/{technician['id']}/grade", {"grade": "apprentice"}, version=1)
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 2_000}
    await made(other, f"/absences/{absence['id']}/withdrawal", version=1)
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 4_000}


async def test_people_without_bays_sell_no_more_than_the_bays_hours(other: Shop) -> None:
    """W7: two people share the one bay in which their work can be done; while it is out of order, nothing is sold."""
    skill, day, kind = a_code("s"), in_days(8), a_code("k")
    for _ in range(2):
        await a_shift(other, (await a_technician(other, skill))["code"], day)
    bay = await a_bay(other, kind)
    await set_terms(other, bay_kinds={skill: [kind]})
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 9_000}
    times = {"from_at": at(day, 0).isoformat(), "until_at": at(day, 15).isoformat()}
    taken = await made(
        other, f"/bays/{bay['id']}/outages", {"kind": "maintenance", "reason": "yearly check", **times}, version=1
    )
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 2_000}
    await made(other, f"/outages/{taken['outage']['id']}/end", version=1)
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 9_000}


async def test_who_left_the_store_sells_nothing(other: Shop) -> None:
    skill, last = a_code("s"), in_days(9)
    technician = await a_technician(other, skill)
    await set_terms(other, bay_kinds={skill: [(await a_bay(other, a_code("k")))["kind"]]})
    await a_shift(other, technician["code"], last)
    gone = await a_shift(other, technician["code"], in_days(10))
    left_on = in_days(10).isoformat()
    left = await made(other, f"/technicians/{technician['id']}/leaving", {"left_on": left_on}, version=1)
    assert left["left_on"] == left_on
    await until_planned(other)
    assert await offered(other, skill) == {last.isoformat(): 8_000}
    shifts = await listed(other, f"/stores/{other.store}/shifts", technician=technician["code"])
    assert [row["id"] for row in shifts if row["called_off_at"]] == [gone["id"]]


async def test_what_was_planned_by_hand_stays_until_it_is_left_to_the_shifts(other: Shop) -> None:
    """R1: for that day, skill and group of bays."""
    skill, day = a_code("s"), in_days(11)
    technician, kind = (await a_technician(other, skill))["code"], (await a_bay(other, a_code("k")))["kind"]
    await set_terms(other, bay_kinds={skill: [kind]})
    line = {"skill": skill, "bay_group": kind, "hours_milli": 3_000}
    body = {"from_on": day.isoformat(), "until_on": day.isoformat()}
    await made(other, f"/stores/{other.store}/capacities", body | {"lines": [line]})
    await a_shift(other, technician, day)
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 3_000}
    await made(other, f"/stores/{other.store}/capacities", body | {"lines": [line | {"hours_milli": None}]})
    await until_planned(other)
    assert await offered(other, skill) == {day.isoformat(): 8_000}


async def test_days_come_into_sight_by_due_work(other: Shop) -> None:
    """R1, W8: nobody changes anything, and the day after the last that was offered is offered when it comes into sight."""
    skill, kind = a_code("s"), a_code("k")
    technician = (await a_technician(other, skill))["code"]
    await a_bay(other, kind)
    await set_terms(other, bay_kinds={skill: [kind]}, ahead_days=20)
    for days in (19, 20):
        await a_shift(other, technician, in_days(days))
    await until_planned(other)
    near, far = in_days(19).isoformat(), in_days(20).isoformat()
    assert await offered(other, skill) == {near: 8_000}
    with clock.stopped(clock.now() + timedelta(days=1)):
        await until_planned(other)
    assert await offered(other, skill) == {near: 8_000, far: 8_000}


async def test_the_forecast_sets_hours_beside_known_work(other: Shop) -> None:
    """K5: by day and skill, with and without an appointment; what exceeds the hours is an overload."""
    day = in_days(12)
    technician, kind = (await a_technician(other, "glass"))["code"], (await a_bay(other, a_code("k")))["kind"]
    await set_terms(other, bay_kinds={"glass": [kind]})
    await a_shift(other, technician, day)
    await until_planned(other)
    path = f"/stores/{other.store}/capacity-forecast"
    asked = {"from_on": in_days(11).isoformat(), "until_on": day.isoformat(), "skill": "glass"}
    empty = {
        "day": day.isoformat(), "skill": "glass", "sellable_hours_milli": 8_000, "appointed_hours_milli": 0,
        "walk_in_hours_milli": 0, "expected_hours_milli": 0, "free_hours_milli": 8_000, "overloaded": False,
    }  # fmt: skip
    assert await listed(other, path, **asked) == [empty]
    for hours_milli, appointment in ((5_000, new_id()), (2_000, None)):
        line = a_labour_line(op_code="GLASS-FRONT").model_copy(update={"flat_hours_milli": hours_milli})
        work = authorised_work(line, store_id=other.store, promised_at=at(day, 23))
        await other.hear(work.model_copy(update={"appointment_id": appointment}))
    known = empty | {"appointed_hours_milli": 5_000, "walk_in_hours_milli": 2_000, "free_hours_milli": 1_000}
    assert await listed(other, path, **asked) == [known]
    line = a_labour_line(op_code="GLASS-REAR").model_copy(update={"flat_hours_milli": 1_500})
    await other.hear(authorised_work(line, store_id=other.store, promised_at=at(day, 0)))
    assert await listed(other, path, **asked) == [
        known | {"walk_in_hours_milli": 3_500, "free_hours_milli": 0, "overloaded": True}
    ]


async def test_the_forecast_knows_who_is_to_come(other: Shop) -> None:
    """K5: an appointment counts on its day until its work is authorised, which counts then instead; who moves, calls off or
    does not come takes nothing."""
    day, later, path = in_days(14), in_days(15), f"/stores/{other.store}/capacity-forecast"
    asked = {"from_on": day.isoformat(), "until_on": later.isoformat(), "skill": "wrap"}

    async def expected() -> dict[str, int]:
        return {each["day"]: each["expected_hours_milli"] for each in await listed(other, path, **asked)}

    coming = [an_appointment(other.store, day, hours_milli) for hours_milli in (1_000, 2_000, 4_000)]
    await other.hear(*coming)
    assert await expected() == {day.isoformat(): 7_000}
    moved, off, came = coming
    await other.hear(
        told_again(AppointmentRescheduled, moved, day=later.isoformat(), previous_starts_at=at(day, 9),
                   reason_code="customer_asked", rescheduled_at=at(day, 8)),
        told_again(AppointmentCancelled, off, reason_code="customer_asked", cancelled_at=at(day, 8)),
    )  # fmt: skip
    assert await expected() == {day.isoformat(): 4_000, later.isoformat(): 1_000}
    work = authorised_work(a_labour_line(op_code="GLASS-ROOF"), store_id=other.store, promised_at=at(day, 17))
    await other.hear(work.model_copy(update={"appointment_id": came.about.subject}))
    assert await expected() == {later.isoformat(): 1_000}


def an_appointment(store: str, day: date, hours_milli: int) -> AppointmentBooked:
    return AppointmentBooked(
        about=About(subject=new_id(), version=1, store_id=store), customer_id=new_id(), vehicle_id=new_id(),
        starts_at=at(day, 9), day=day.isoformat(), services=[], channel="phone", booked_at=at(day, 8),
        needs=[NeededHours(skill="wrap", bay_group="any", hours_milli=hours_milli)],
    )  # fmt: skip


def told_again(kind: type[Event], before: AppointmentBooked, **more: Any) -> Event:
    """The next fact of the same appointment."""
    about = About(subject=before.about.subject, version=2, store_id=before.about.store_id)
    whole = before.model_dump(exclude={"about", "booked_at"})
    return kind(about=about, **whole | more)


async def test_a_forecast_of_too_many_days_is_refused(shop: Shop) -> None:
    asked = {"from_on": "2026-11-21", "until_on": "2027-11-21"}
    answer = await shop.client.get(f"/stores/{shop.store}/capacity-forecast", params=asked, headers=shop.dispatcher)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["query", "until_on"]]
