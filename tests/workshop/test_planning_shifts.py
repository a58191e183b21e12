"""Shifts and absences: who is meant to be at work when."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from services.workshop.handlers.shop_floor import there as people_there
from shared import clock
from tests.callers import called_by, once
from tests.workshop.roster import a_plan, a_shift, a_technician, at, in_days, listed, made, post
from tests.workshop.shop import Shop


async def test_a_shift_stands_on_the_chosen_weekdays(shop: Shop) -> None:
    """W8: by the clock on the store's wall; a night shift ends on the next day."""
    technician = (await a_technician(shop, "engine"))["code"]
    body = a_plan(technician, in_days(40), until_on=in_days(53).isoformat(), weekdays=[1, 6], begins_minute=22 * 60)
    planned = (await made(shop, f"/stores/{shop.store}/shifts", body | {"ends_minute": 30 * 60}))["items"]
    assert len(planned) == 4
    asked = {"technician": technician, "from_on": in_days(40).isoformat(), "until_on": in_days(53).isoformat()}
    found = await listed(shop, f"/stores/{shop.store}/shifts", **asked)
    assert [row["id"] for row in found] == [row["id"] for row in sorted(planned, key=lambda row: str(row["day"]))]
    async with shop.database.hearing() as session:
        first = min(planned, key=lambda row: str(row["day"]))
        query = text("SELECT day, begins_at, ends_at FROM shifts WHERE id = CAST(:id AS uuid)")
        day, begins_at, ends_at = (await session.execute(query, {"id": first["id"]})).one()
        assert (begins_at, ends_at) == (at(day, 22), at(day + timedelta(days=1), 6))


async def test_the_shifts_of_a_technician_do_not_overlap(shop: Shop) -> None:
    """W8: none of a plan is kept where one of its days clashes; one shift may follow the other."""
    technician, day = (await a_technician(shop, "engine"))["code"], in_days(40)
    await a_shift(shop, technician, day)
    late = {"begins_minute": 16 * 60, "ends_minute": 20 * 60, "until_on": in_days(42).isoformat()}
    answer = await post(shop, f"/stores/{shop.store}/shifts", a_plan(technician, in_days(38), **late))
    assert (answer.status_code, answer.json()["code"]) == (409, "shifts_overlap")
    assert len(await listed(shop, f"/stores/{shop.store}/shifts", technician=technician)) == 1
    await a_shift(shop, technician, day, begins_minute=17 * 60, ends_minute=20 * 60)


async def test_a_night_shift_and_the_next_morning_overlap(shop: Shop) -> None:
    technician = (await a_technician(shop, "engine"))["code"]
    await a_shift(shop, technician, in_days(40), begins_minute=22 * 60, ends_minute=33 * 60)
    answer = await post(shop, f"/stores/{shop.store}/shifts", a_plan(technician, in_days(41)))
    assert answer.json()["code"] == "shifts_overlap"


async def test_two_planners_at_once_do_not_plan_one_technician_twice(shop: Shop) -> None:
    """W8: one after the other has the technician's row."""
    technician = (await a_technician(shop, "engine"))["code"]
    bodies = [a_plan(technician, in_days(40), begins_minute=minute) for minute in range(480, 488)]
    answers = await asyncio.gather(*(post(shop, f"/stores/{shop.store}/shifts", body) for body in bodies))
    codes = sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)
    assert codes == [(201, "")] + [(409, "shifts_overlap")] * 7


async def test_the_database_excludes_overlapping_shifts_too(shop: Shop) -> None:
    """Whoever forgets the technician's row."""
    technician = (await a_technician(shop, "engine"))["code"]
    shift = await a_shift(shop, technician, in_days(40))
    copy = text(
        "INSERT INTO shifts SELECT gen_random_uuid(), store_id, 1, technician, day, begins_at + interval '1 hour', ends_at,"
        " break_minutes, NULL, cause_id FROM shifts WHERE id = CAST(:id AS uuid)"
    )
    with pytest.raises(IntegrityError, match="ex_shifts_overlap"):
        async with shop.database.hearing.begin() as session:
            await session.execute(copy, {"id": shift["id"]})


async def test_a_shift_that_was_called_off_makes_room_for_another(shop: Shop) -> None:
    technician = (await a_technician(shop, "engine"))["code"]
    shift = await a_shift(shop, technician, in_days(40))
    off = await made(shop, f"/shifts/{shift['id']}/calling-off", version=shift["version"])
    assert off["called_off_at"] is not None
    again = await post(shop, f"/shifts/{shift['id']}/calling-off", version=off["version"])
    assert (again.status_code, again.json()["code"]) == (409, "shift_called_off")
    await a_shift(shop, technician, in_days(40))


async def test_what_is_over_is_not_called_off(shop: Shop) -> None:
    technician, day = (await a_technician(shop, "engine"))["code"], in_days(40)
    shift = await a_shift(shop, technician, day)
    body = {"technician": technician, "kind": "sick", "from_at": at(day, 8).isoformat(), "until_at": at(day, 9).isoformat()}
    absence = await made(shop, f"/stores/{shop.store}/absences", body)
    with clock.stopped(at(in_days(41), 0)):
        for path, code in (
            (f"/shifts/{shift['id']}/calling-off", "shift_over"), (f"/absences/{absence['id']}/withdrawal", "absence_over"),
        ):  # fmt: skip
            answer = await post(shop, path, version=1)
            assert (answer.status_code, answer.json()["code"]) == (409, code)


async def test_who_is_meant_to_be_there_is_known(shop: Shop) -> None:
    """W1, W8: shift, absence and its withdrawal."""
    technician, day = (await a_technician(shop, "engine"))["code"], in_days(40)
    await a_shift(shop, technician, day)

    async def there(hour: int) -> bool:
        async with shop.database.hearing() as session:
            return technician in {each.code for each in await people_there(shop.store, at(day, hour), session)}

    assert [await there(hour) for hour in (7, 8, 16, 17)] == [False, True, True, False]
    body = {"technician": technician, "kind": "leave", "from_at": at(day, 12).isoformat(), "until_at": at(day, 17).isoformat()}
    absence = await made(shop, f"/stores/{shop.store}/absences", body)
    assert [await there(hour) for hour in (11, 12)] == [True, False]
    asked = {"technician": technician, "from_on": day.isoformat(), "until_on": day.isoformat()}
    assert [row["id"] for row in await listed(shop, f"/stores/{shop.store}/absences", **asked)] == [absence["id"]]
    await made(shop, f"/absences/{absence['id']}/withdrawal", version=1)
    assert await there(12)


async def test_absences_are_not_for_everybody_to_read(shop: Shop) -> None:
    """That somebody is sick is between them and who plans."""
    answer = await shop.client.get(f"/stores/{shop.store}/absences", headers=shop.by("technician"))
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"technician": "NOBODY"}, "body.technician", "unknown_technician"),
        ({"until_on": "2026-11-01"}, "body.until_on", "range_wrong"),
        ({"until_on": "2027-12-01"}, "body.until_on", "range_wrong"),
        ({"ends_minute": 480}, "body.ends_minute", "times_wrong"),
        ({"break_minutes": 480, "ends_minute": 900}, "body.break_minutes", "break_too_long"),
    ],
)
async def test_shifts_that_cannot_be_meant_are_refused(shop: Shop, fields: dict[str, Any], field: str, code: str) -> None:
    technician = (await a_technician(shop, "engine"))["code"]
    answer = await post(shop, f"/stores/{shop.store}/shifts", a_plan(technician, in_days(1)) | fields)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)


async def test_technicians_do_not_plan_their_shifts(shop: Shop) -> None:
    body, path = a_plan("T1", in_days(1)), f"/stores/{shop.store}/shifts"
    answer = await shop.client.post(path, json=body, headers=called_by("technician", store=shop.store) | once())
    assert answer.status_code == 403
