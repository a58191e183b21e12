"""Appointments: hours and advisors' time are held, confirmed, moved, freed, and never given twice (R1)."""

import asyncio
import random
from datetime import date, datetime, timedelta
from itertools import count
from uuid import NAMESPACE_OID, uuid5
from zoneinfo import ZoneInfo

import pytest

from services.reception.domain import Base
from services.reception.inbox import DUE, HEARS
from shared import clock
from shared.schedule import DueWork
from tests.convergence import every_order_leads_to_one_state
from tests.reception.appointments import agree, capacity, fall_due, free, nothing_is_held, until_due, wish
from tests.reception.counter import Counter, Told
from tests.shared.turnstile import until

SHANGHAI = ZoneInfo("Asia/Shanghai")
_days = count(1)


async def test_an_appointment_from_the_call_to_the_car(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: held with its hours, confirmed, reminded the day before, arrived; each step is said."""
    await counter.hear(capacity(tomorrow.date(), 8_000))
    with clock.stopped(tomorrow - timedelta(days=1)):
        held = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, words="空调不凉", channel="wechat"))
        assert (held["state"], held["day"]) == ("held", tomorrow.date().isoformat())
        assert (await free(counter, tomorrow.date()))["free_hours_milli"] == 6_000
        assert await counter.said("appointment_booked", held["id"]) == []
        booked = await counter.made(f"/appointments/{held['id']}/confirmation", version=held["etag"])
    [said] = await counter.said("appointment_booked", held["id"])
    assert (said["needs"][0]["hours_milli"], "words" in said) == (2_000, False)
    assert (await counter.get(f"/appointments/{held['id']}", "dispatcher")).json()["words"] is None

    await until_due(counter, "remind", held["id"], lambda told: told["reminded_at"] is not None)
    assert len(await counter.said("appointment_reminder_due", held["id"])) == 1
    waiting = (await counter.get("/appointments", reminder_open="true", customer_id=car["customer_id"])).json()["items"]
    assert [item["id"] for item in waiting] == [held["id"]]
    path = f"/appointments/{held['id']}/reminder-reply"
    answered = await counter.made(path, {"reply": "confirm"}, version=booked["etag"] + 1)
    assert (answered["state"], answered["reply"]) == ("confirmed", "confirm")

    with clock.stopped(tomorrow):
        arrival = {**car, "words": "空调不凉", "odometer_km": 1_000, "fuel_bp": 1, "appointment_id": held["id"]}
        order = await counter.made("/stores/sh01/check-ins", arrival | {"promised_at": "2099-01-01T00:00:00Z"})
    assert order["appointment_id"] == held["id"]
    assert (await counter.said("vehicle_checked_in", order["id"]))[0]["appointment_id"] == held["id"]
    assert (await counter.get(f"/appointments/{held['id']}")).json()["state"] == "arrived"


async def test_two_pending_requests_are_never_both_confirmed(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """C1: what is held is nobody else's; what was held too long can not be confirmed, and is free again."""
    await counter.hear(capacity(tomorrow.date(), 3_000))
    held = await counter.made("/stores/sh01/appointments", wish(car, tomorrow))
    answer = await counter.post("/stores/sh01/appointments", wish(car, tomorrow))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_capacity")
    assert answer.json()["parameters"]["free_hours_milli"] == 1_000
    with clock.stopped(clock.now() + timedelta(minutes=15)):
        late = await counter.post(f"/appointments/{held['id']}/confirmation", version=held["etag"])
        assert late.json()["code"] in ("hold_expired", "stale"), "stale: due work was quicker, and has let it expire"
        await until_due(counter, "expire", held["id"], lambda told: told["state"] == "expired")
        again = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    assert again["state"] == "confirmed"


async def test_an_appointment_moves_only_where_there_is_room(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: refused, it stays where it was; moved, its old hours are free."""
    later = tomorrow + timedelta(days=1)
    await counter.hear(capacity(tomorrow.date(), 2_000), capacity(later.date(), 1_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    path = f"/appointments/{booked['id']}/rescheduling"
    body = {"starts_at": later.isoformat(), "reason_code": "customer"}
    answer = await counter.post(path, body, version=booked["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_capacity")
    assert (await free(counter, tomorrow.date()))["free_hours_milli"] == 0
    await counter.hear(capacity(later.date(), 4_000, 2))
    moved = await counter.made(path, body, version=booked["etag"])
    assert (moved["moves"], moved["day"]) == (1, later.date().isoformat())
    left = [(await free(counter, day.date()))["free_hours_milli"] for day in (tomorrow, later)]
    assert left == [2_000, 2_000]
    [said] = await counter.said("appointment_rescheduled", booked["id"])
    assert datetime.fromisoformat(said["previous_starts_at"]) == tomorrow
    within = {"starts_at": (later + timedelta(hours=1)).isoformat(), "reason_code": "customer"}
    again = await counter.made(path, within, version=moved["etag"])
    assert ((await free(counter, later.date()))["free_hours_milli"], again["moves"]) == (2_000, 2)


async def test_who_books_after_the_hour_of_reminders_is_not_reminded(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: the day before at noon; the next of the same day are called at ten."""
    await counter.hear(capacity(tomorrow.date(), 2_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    await fall_due(counter, "remind")
    now = (await counter.get(f"/appointments/{booked['id']}")).json()
    assert (now["remind_at"], now["reminded_at"], now["version"]) == (None, None, booked["etag"])


async def test_a_cancelled_appointment_frees_its_time_and_hours(counter: Counter, tomorrow: datetime, car: Told) -> None:
    await counter.hear(capacity(tomorrow.date(), 2_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    assert (await free(counter, tomorrow.date()))["times"] == [], "no hours are left"
    gone = await counter.made(f"/appointments/{booked['id']}/cancellation", {"reason_code": "ill"}, version=booked["etag"])
    assert (gone["state"], (await free(counter, tomorrow.date()))["free_hours_milli"]) == ("cancelled", 2_000)
    assert len(await counter.said("appointment_cancelled", booked["id"])) == 1
    twice = await counter.post(f"/appointments/{booked['id']}/cancellation", {"reason_code": "x"}, version=gone["etag"])
    assert (twice.status_code, twice.json()["code"]) == (409, "illegal_transition")


async def test_who_does_not_come_is_marked_by_the_end_of_the_store_s_day(
    counter: Counter, tomorrow: datetime, car: Told
) -> None:
    """R1: 爽约; the next advisor sees how often."""
    await counter.hear(capacity(tomorrow.date(), 2_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    with clock.stopped(tomorrow.replace(hour=23, minute=59)):
        await fall_due(counter, "mark_no_show")
        assert (await counter.get(f"/appointments/{booked['id']}")).json()["state"] == "confirmed"
    with clock.stopped(tomorrow.replace(hour=0) + timedelta(days=1)):
        await until_due(counter, "mark_no_show", booked["id"], lambda told: told["state"] == "no_show")
        missed = (await counter.get(f"/appointments/{booked['id']}")).json()
    assert (missed["state"], missed["no_shows"]) == ("no_show", 1)
    assert len(await counter.said("appointment_no_show", booked["id"])) == 1


async def test_a_walk_in_is_inserted_even_where_nothing_is_free(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: the car is here; the day is shown as oversold."""
    await counter.hear(capacity(tomorrow.date(), 1_000))
    with clock.stopped(tomorrow):
        needs = [{"skill": "mechanical", "bay_group": "lift", "hours_milli": 3_000}]
        body = {**car, "words": "x", "odometer_km": 1, "fuel_bp": 1, "walk_in_needs": needs}
        order = await counter.made("/stores/sh01/check-ins", body)
        [slot] = [
            slot for slot in (await counter.get("/stores/sh01/oversold-slots")).json()["items"]
            if slot["day"] == tomorrow.date().isoformat()
        ]  # fmt: skip
    assert (slot["booked_hours_milli"], slot["offered_hours_milli"]) == (3_000, 1_000)
    assert (await counter.get(f"/appointments/{order['appointment_id']}")).json()["channel"] == "walk_in"


async def test_cars_are_called_no_more_at_once_than_advisors_receive(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: spreads peaks; how many is the store's own policy."""
    await counter.made_policy("appointments", {"arrivals_at_once": 2})
    await counter.hear(capacity(tomorrow.date(), 80_000))
    for _ in range(2):
        await counter.made("/stores/sh01/appointments", wish(car, tomorrow, 1_000))
    answer = await counter.post("/stores/sh01/appointments", wish(car, tomorrow, 1_000))
    assert (answer.status_code, answer.json()["code"]) == (409, "arrival_slot_full")
    times = [datetime.fromisoformat(at) for at in (await free(counter, tomorrow.date()))["times"]]
    assert tomorrow not in times and tomorrow + timedelta(minutes=30) in times


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        (timedelta(days=-2), "starts_in_the_past"), (timedelta(days=90), "too_far_ahead"), (timedelta(hours=-3), "closed_then"),
        (timedelta(minutes=7), "off_the_grid"),
    ],
)  # fmt: skip
async def test_a_time_that_cannot_be_meant_is_refused(
    counter: Counter, tomorrow: datetime, car: Told, shift: timedelta, code: str
) -> None:
    answer = await counter.post("/stores/sh01/appointments", wish(car, tomorrow + shift))
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_nobody_arrives_on_somebody_else_s_appointment(counter: Counter, tomorrow: datetime, car: Told) -> None:
    await counter.hear(capacity(tomorrow.date(), 8_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    customer = await counter.a_customer()
    other = await counter.a_vehicle(customer["id"])
    body = {"customer_id": customer["id"], "vehicle_id": other["id"], "words": "x", "odometer_km": 1, "fuel_bp": 1}
    answer = await counter.post("/stores/sh01/check-ins", body | {"appointment_id": booked["id"]})
    assert (answer.status_code, answer.json()["code"]) == (422, "appointment_of_another")
    body |= {"appointment_id": str(uuid5(NAMESPACE_OID, "nobody's"))}
    answer = await counter.post("/stores/sh01/check-ins", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "appointment_unknown")


async def test_no_interleaving_of_requests_oversells_a_slot(counter: Counter, tomorrow: datetime) -> None:
    """R1: many at once hold, confirm, move, cancel and let expire on two days; what is booked is what the living ones need."""
    luck, later = random.Random(5), tomorrow + timedelta(days=1)
    await counter.made_policy("appointments", {"arrivals_at_once": 100})
    await counter.hear(capacity(tomorrow.date(), 9_000), capacity(later.date(), 5_000))
    cars = []
    for _ in range(4):
        customer = await counter.a_customer()
        cars.append({"customer_id": customer["id"], "vehicle_id": (await counter.a_vehicle(customer["id"]))["id"]})

    async def somebody() -> None:
        at = luck.choice((tomorrow, later)) + timedelta(minutes=30 * luck.randrange(4))
        held = await counter.post("/stores/sh01/appointments", wish(luck.choice(cars), at, luck.choice((1_000, 2_500))))
        if held.status_code != 201:
            assert held.json()["code"] in ("no_capacity", "busy"), held.text
            return
        path, version = f"/appointments/{held.json()['id']}", 1
        if luck.random() < 0.8:
            version = (await counter.post(f"{path}/confirmation", version=version)).json().get("version", version)
        if luck.random() < 0.5:
            body = {"starts_at": luck.choice((tomorrow, later)).isoformat(), "reason_code": "x"}
            moved = await counter.post(f"{path}/rescheduling", body, version=version)
            version = moved.json()["version"] if moved.status_code == 200 else version
        if luck.random() < 0.4:
            await counter.post(f"{path}/cancellation", {"reason_code": "x"}, version=version)

    for _ in range(5):
        await asyncio.gather(*(somebody() for _ in range(8)))
        await agree(counter, (tomorrow.date(), later.date()))
    with clock.stopped(clock.now() + timedelta(minutes=16)):
        await until(lambda: nothing_is_held(counter))
    await agree(counter, (tomorrow.date(), later.date()))


@pytest.mark.usefixtures("at_noon")
async def test_the_newest_word_of_the_workshop_counts(counter: Counter) -> None:
    """Reliability promise 8."""
    day = date(2031, 5, 5)
    facts = [capacity(day, hours, version) for version, hours in enumerate((8_000, 4_000, 6_000), 1)]
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=counter.database, metadata=Base.metadata
    )
    [row] = [row for row in state["capacity_slots"] if row["day"] == day]
    assert (row["offered_hours_milli"], row["booked_hours_milli"]) == (6_000, 0)


def test_all_that_falls_due_is_known_by_name() -> None:
    works: list[DueWork] = DUE
    assert {work.name for work in works} == {"expire", "remind", "mark_no_show", "expire_holdings"}


async def test_who_called_off_and_when_it_was_booked_are_kept(counter: Counter, tomorrow: datetime, car: Told) -> None:
    await counter.hear(capacity(tomorrow.date(), 8_000))
    for by, body in (("store", {"reason_code": "lift_broken", "cancelled_by": "store"}), ("customer", {"reason_code": "ill"})):
        held = await counter.made("/stores/sh01/appointments", wish(car, tomorrow))
        booked = await counter.made(f"/appointments/{held['id']}/confirmation", version=held["etag"])
        assert held["booked_at"] is None and datetime.fromisoformat(booked["booked_at"]) == clock.now()
        gone = await counter.made(f"/appointments/{held['id']}/cancellation", body, version=booked["etag"])
        assert (gone["cancelled_by"], gone["reason_code"]) == (by, body["reason_code"])


async def test_times_are_offered_where_the_whole_work_fits(counter: Counter, tomorrow: datetime) -> None:
    await counter.hear(capacity(tomorrow.date(), 3_000))
    day = tomorrow.date().isoformat()
    offered = {}
    for hours in (3_000, 3_001):
        query = {"from_on": day, "until_on": day, "hours_milli": str(hours)}
        [found] = (await counter.get("/stores/sh01/free-slots", **query)).json()["items"]
        offered[hours] = bool(found["times"])
    assert offered == {3_000: True, 3_001: False}
    assert (await counter.get("/stores/sh01/free-slots", hours_milli="0")).status_code == 422


async def test_nothing_is_held_before_the_workshop_said_what_it_can_take(
    counter: Counter, tomorrow: datetime, car: Told
) -> None:
    answer = await counter.post("/stores/sh01/appointments", wish(car, tomorrow))
    assert (answer.status_code, answer.json()["code"]) == (409, "no_capacity")
    assert answer.json()["parameters"]["free_hours_milli"] == 0


@pytest.mark.parametrize("terms", [{"opens_minute": 1_100}, {"remind_minute": 1_440}, {"hold_minutes": 0}])
async def test_terms_that_cannot_be_meant_are_refused(counter: Counter, terms: Told) -> None:
    path = "/stores/sh02/policies/appointments"
    answer = await counter.post(path, {"value": terms}, "store_manager", store="sh02")
    assert answer.status_code == 422, answer.text
