"""What the group knows of a car and its customer stands before the advisor who receives it, in any store."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared import clock
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON, a_complaint, labour

RECALL = {"kind": "recall", "code": "R-2026-17", "text": "更换安全气囊"}


async def a_car(counter: Counter) -> Told:
    return await counter.a_vehicle((await counter.a_customer())["id"])


async def raised(counter: Counter, car: Told, **fields: Any) -> Told:
    return await counter.made(f"/vehicles/{car['id']}/flags", RECALL | fields, version=car["etag"])


async def forward(counter: Counter, car: Told, *roles: str, store: str = "sh01") -> Told:
    answer = await counter.get(f"/vehicles/{car['id']}/brought-forward", *roles, store=store)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_recall_is_seen_in_every_store_until_it_is_done(counter: Counter) -> None:
    """R2; domain C2."""
    car = await a_car(counter)
    flag = await raised(counter, car)
    assert (flag["raised_by"], flag["cleared_at"]) == ("user:lin.wei", None)
    [seen] = (await forward(counter, car, store="sh02"))["flags"]
    assert (seen["kind"], seen["code"], seen["text"]) == ("recall", "R-2026-17", "更换安全气囊")
    order = await counter.a_check_in_of(car, store="sh02")
    path = f"/repair-orders/{order['id']}/brought-forward"
    assert (await counter.get(path, store="sh02")).json()["flags"] == [seen]
    masked = await counter.get(path, "dispatcher", store="sh02")
    assert [(one["code"], one["text"]) for one in masked.json()["flags"]] == [("R-2026-17", None)]

    done = await counter.made(
        f"/vehicle-flags/{flag['id']}/clearing", {"reason": "气囊已更换"}, version=flag["etag"], store="sh02"
    )
    assert (done["cleared_by"], done["cleared_reason"]) == ("user:lin.wei", "气囊已更换")
    assert (await forward(counter, car))["flags"] == []
    answer = await counter.post(f"/vehicle-flags/{flag['id']}/clearing", {"reason": "again"}, version=done["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "flag_cleared")


async def test_the_same_recall_is_raised_once_and_anew_after_it_was_cleared(counter: Counter) -> None:
    car = await a_car(counter)
    flag = await raised(counter, car)
    answer = await counter.post(f"/vehicles/{car['id']}/flags", RECALL, version=car["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "flag_raised")
    assert answer.json()["parameters"] == {"flag_id": flag["id"]}
    await counter.made(f"/vehicle-flags/{flag['id']}/clearing", {"reason": "a mistake"}, version=flag["etag"])
    await raised(counter, car)
    for _ in range(2):
        await raised(counter, car, kind="note", code="VIP")
    assert len((await forward(counter, car))["flags"]) == 3


async def test_a_campaign_counts_until_its_last_day_where_the_car_is_received(counter: Counter) -> None:
    car = await a_car(counter)
    await raised(counter, car, kind="campaign", code="WINTER", valid_until_on="2026-11-21")
    await raised(counter, car, kind="three_guarantee", code="DAYS-70", valid_until_on="2026-11-22")
    before_midnight_in_shanghai = NOON + timedelta(hours=11, minutes=59)
    with clock.stopped(before_midnight_in_shanghai):
        assert [one["code"] for one in (await forward(counter, car))["flags"]] == ["WINTER", "DAYS-70"]
    with clock.stopped(before_midnight_in_shanghai + timedelta(minutes=1)):
        assert [one["code"] for one in (await forward(counter, car))["flags"]] == ["DAYS-70"]


async def test_the_last_reading_and_an_untold_complaint_come_along(counter: Counter) -> None:
    """R2."""
    car = await a_car(counter)
    new = await forward(counter, car)
    assert (new["open_complaint"], new["last_reading"]) == (False, None)
    first = await counter.a_check_in_of(car, odometer_km=42_000)
    assert (await counter.get(f"/repair-orders/{first['id']}/brought-forward")).json()["last_reading"] is None

    await counter.hear(a_complaint(UUID(car["customer_id"])))
    known = await forward(counter, car, store="sh02")
    assert (known["open_complaint"], known["last_reading"]["km"], known["last_reading"]["store_id"]) == (True, 42_000, "sh01")

    second = await counter.a_check_in_of(car, store="sh02", odometer_km=45_000)
    told = (await counter.get(f"/repair-orders/{second['id']}/brought-forward", store="sh02")).json()
    assert (told["open_complaint"], told["last_reading"]["km"], told["last_reading"]["store_id"]) == (True, 42_000, "sh01")
    after = await forward(counter, car)
    assert (after["open_complaint"], after["last_reading"]["km"]) == (False, 45_000)


async def test_work_that_was_put_off_comes_along_to_any_store(counter: Counter) -> None:
    """Domain C2, C6: declined and deferred lines, the gravest first."""
    order = await counter.walked_around(await counter.a_check_in())
    path = f"/repair-orders/{order['id']}"
    lines = {"lines": [labour("brakes"), labour("wash", op_code="WASH"), labour("tyres", op_code="TYRES")]}
    estimate = await counter.made(f"{path}/estimates", lines, version=order["etag"])
    _, wash, tyres = (line["id"] for line in estimate["lines"])
    chosen = [
        {"line_id": wash, "decision": "declined", "reason_code": "too_dear"},
        {"line_id": tyres, "decision": "deferred", "reason_code": "next_time", "severity": "soon"},
    ]
    agreed = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳", "decisions": chosen}
    await counter.made(f"{path}/authorisation", agreed, version=estimate["etag"])
    car = (await counter.get(f"/vehicles/{order['vehicle_id']}")).json()
    assert [item["code"] for item in (await forward(counter, car, store="sh02"))["deferred"]] == ["TYRES", "WASH"]
    later = await counter.a_check_in_of(car, store="sh02", odometer_km=43_000)
    told = (await counter.get(f"/repair-orders/{later['id']}/brought-forward", store="sh02")).json()
    first = told["deferred"][0]
    assert (first["decision"], first["severity"]) == ("deferred", "soon")


async def test_only_who_may_flags_cars(counter: Counter) -> None:
    car = await a_car(counter)
    answer = await counter.post(f"/vehicles/{car['id']}/flags", RECALL, "cashier", version=car["etag"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert (await counter.get(f"/vehicles/{car['id']}/brought-forward", "dispatcher")).status_code == 403


@pytest.mark.parametrize(
    ("wrong", "loc"),
    [
        ({"kind": "rumour"}, ["body", "kind"]),
        ({"text": ""}, ["body", "text"]),
        ({"valid_until_on": 20261121}, ["body", "valid_until_on"]),
    ],
)
async def test_what_cannot_be_meant_is_refused_by_name(counter: Counter, wrong: dict[str, Any], loc: list[str]) -> None:
    car = await a_car(counter)
    answer = await counter.post(f"/vehicles/{car['id']}/flags", RECALL | wrong, version=car["etag"])
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, loc)
