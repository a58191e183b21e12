"""The appointed car comes, or another one does (R1)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared import clock
from tests.reception.appointments import capacity, fall_due, free, until_due, wish
from tests.reception.counter import Counter, Told
from tests.reception.words import labour

NEW_YORK = ZoneInfo("America/New_York")


def arrival(car: Told, **fields: Any) -> Told:
    return car | {"words": "空调不凉", "odometer_km": 1_000, "fuel_bp": 1} | fields


def need(hours_milli: int, **fields: Any) -> Told:
    return {"skill": "mechanical", "bay_group": "lift", "hours_milli": hours_milli} | fields


async def test_who_booked_under_a_file_that_was_given_up_arrives_under_the_one_that_holds(
    counter: Counter, tomorrow: datetime
) -> None:
    """R1, R2: two files of one customer are merged between the call and the visit; the no-shows of both count."""
    await counter.hear(capacity(tomorrow.date(), 8_000))
    old, new = await counter.a_customer(), await counter.a_customer()
    car = {"customer_id": old["id"], "vehicle_id": (await counter.a_vehicle(old["id"]))["id"]}
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    missed = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    path, body = f"/customers/{old['id']}/merge", {"into_customer_id": new["id"]}
    merged = await counter.post(path, body, "store_manager", version=old["etag"])
    assert merged.status_code == 200, merged.text
    listed = (await counter.get("/appointments", customer_id=new["id"])).json()["items"]
    assert {item["id"] for item in listed} == {booked["id"], missed["id"]}
    refused = await counter.post("/stores/sh01/appointments", wish(car, tomorrow))
    assert (refused.status_code, refused.json()["code"]) == (409, "customer_merged")
    with clock.stopped(tomorrow):
        here = arrival(car, customer_id=new["id"], appointment_id=booked["id"])
        order = await counter.made("/stores/sh01/check-ins", here)
    assert order["appointment_id"] == booked["id"]
    with clock.stopped(tomorrow.replace(hour=0) + timedelta(days=1)):
        await until_due(counter, "mark_no_show", missed["id"], lambda told: told["state"] == "no_show")
    assert (await counter.get(f"/appointments/{missed['id']}")).json()["no_shows"] == 1
    again = await counter.made("/stores/sh01/appointments", wish(car | {"customer_id": new["id"]}, tomorrow, 1_000))
    assert (await counter.get(f"/appointments/{again['id']}")).json()["no_shows"] == 1


async def test_the_workshop_learns_that_an_order_came_by_appointment(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: its hours were taken when it was booked, so that they load the day once."""
    await counter.hear(capacity(tomorrow.date(), 8_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    with clock.stopped(tomorrow):
        here = arrival(car, appointment_id=booked["id"], promised_at="2099-01-01T00:00:00Z")
        order = await counter.walked_around(await counter.made("/stores/sh01/check-ins", here))
        path = f"/repair-orders/{order['id']}"
        estimate = await counter.made(f"{path}/estimates", {"lines": [labour("brakes")]}, version=order["etag"])
        agreed = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}
        await counter.made(f"{path}/authorisation", agreed, version=estimate["etag"])
    assert (await counter.said("work_authorised", order["id"]))[-1]["appointment_id"] == booked["id"]


async def test_a_walk_in_tells_whether_its_hours_were_free(counter: Counter, tomorrow: datetime, car: Told) -> None:
    await counter.hear(capacity(tomorrow.date(), 3_000))
    marks = []
    with clock.stopped(tomorrow):
        for _ in range(2):
            order = await counter.made("/stores/sh01/check-ins", arrival(car, walk_in_needs=[need(2_000)]))
            marks.append((await counter.get(f"/appointments/{order['appointment_id']}")).json()["overbooked"])
    assert marks == [False, True]


@pytest.mark.parametrize("needs", [[need(2_000), need(3_000)], [need(0)], [need(1_000, hours=3)]])
async def test_a_walk_in_whose_needs_cannot_be_meant_is_refused(
    counter: Counter, tomorrow: datetime, car: Told, needs: list[Told]
) -> None:
    await counter.hear(capacity(tomorrow.date(), 8_000))
    with clock.stopped(tomorrow):
        answer = await counter.post("/stores/sh01/check-ins", arrival(car, walk_in_needs=needs))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["loc"][:2] == ["body", "walk_in_needs"]
    assert (await free(counter, tomorrow.date()))["free_hours_milli"] == 8_000


async def test_an_appointed_car_takes_no_hours_a_second_time(counter: Counter, tomorrow: datetime, car: Told) -> None:
    await counter.hear(capacity(tomorrow.date(), 8_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    with clock.stopped(tomorrow):
        here = arrival(car, appointment_id=booked["id"], walk_in_needs=[need(2_000)])
        answer = await counter.post("/stores/sh01/check-ins", here)
    assert (answer.status_code, answer.json()["code"]) == (422, "appointed_already")
    assert (await counter.get(f"/appointments/{booked['id']}")).json()["state"] == "confirmed"


async def test_calls_and_walk_ins_of_one_car_do_not_wait_for_each_other(
    counter: Counter, tomorrow: datetime, car: Told
) -> None:
    """R1: both lock the car before the hours; nobody is sent away to try again."""
    await counter.made_policy("appointments", {"arrivals_at_once": 100})
    await counter.hear(capacity(tomorrow.date(), 400_000))
    with clock.stopped(tomorrow):
        asked = [
            counter.post("/stores/sh01/appointments", wish(car, tomorrow + timedelta(hours=1))),
            counter.post("/stores/sh01/check-ins", arrival(car, walk_in_needs=[need(1_000)])),
        ]
        more = [
            counter.post("/stores/sh01/appointments", wish(car, tomorrow + timedelta(hours=1))) if each % 2
            else counter.post("/stores/sh01/check-ins", arrival(car, walk_in_needs=[need(1_000)]))
            for each in range(10)
        ]  # fmt: skip
        answers = await asyncio.gather(*asked, *more)
    assert [answer.status_code for answer in answers] == [201] * len(answers)


async def test_new_york_s_days_end_by_new_york_s_clocks(counter: Counter) -> None:
    """R1: reminded at ten the day before, missed at midnight, on the days around which the clocks are set back."""
    sunday = datetime(2028, 11, 5, 10, tzinfo=NEW_YORK)  # 25 hours long
    customer = await counter.a_customer(store="ny01")
    vehicle = await counter.a_vehicle(customer["id"], store="ny01")
    ours = {"customer_id": customer["id"], "vehicle_id": vehicle["id"]}
    await counter.hear(capacity(sunday.date(), 8_000, store="ny01"))

    async def told() -> Told:
        return dict((await counter.get(f"/appointments/{booked['id']}", store="ny01")).json())

    with clock.stopped(datetime(2028, 11, 3, 12, tzinfo=NEW_YORK)):
        booked = await counter.made("/stores/ny01/appointments", wish(ours, sunday, confirmed=True), store="ny01")
    with clock.stopped(datetime.fromisoformat("2028-11-04T13:59:00+00:00")):
        await fall_due(counter, "remind")
        assert (await told())["reminded_at"] is None
    with clock.stopped(datetime.fromisoformat("2028-11-04T14:00:00+00:00")):
        await fall_due(counter, "remind")
        assert (await told())["reminded_at"] is not None
    with clock.stopped(datetime.fromisoformat("2028-11-06T04:59:00+00:00")):
        await fall_due(counter, "mark_no_show")
        assert (await told())["state"] == "confirmed", "it is still Sunday in New York"
    with clock.stopped(datetime.fromisoformat("2028-11-06T05:00:00+00:00")):
        await fall_due(counter, "mark_no_show")
        assert (await told())["state"] == "no_show"
