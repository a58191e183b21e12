"""Roadside rescue (救援): a call becomes a repair order of the same loop, and tells nobody more than they need."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.reception.domain import RescueCall
from shared import clock
from shared.database import new_id
from shared.identity import issue_token
from shared.refusal import Invalid, Refused
from tests.callers import called_by, once
from tests.reception.counter import Counter
from tests.reception.words import NOON, a_rescue_call, completed, labour

PERSONAL = ("赵强", "139 0013 9000", "K42", "31012345", "121301234", "车抛锚了", "沪A54321", "不要了")
DISPATCH: dict[str, Any] = {"dispatch": {"responder": "T1", "tow_partner": "平安拖车"}}
ARRIVAL: dict[str, Any] = {"arrival": {}}
TOWED: dict[str, Any] = {"outcome": {"outcome": "towed", "tow_cost_fen": 45_000}}
REPAIRED: dict[str, Any] = {"outcome": {"outcome": "repaired_on_site"}}


async def answering(counter: Counter, call: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """The check-in that the call leads to."""
    return await counter.a_check_in(rescue_call_id=call["id"], **fields)


async def test_a_towed_car_joins_the_loop_and_its_call_is_closed(counter: Counter) -> None:
    """R11."""
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL, TOWED)
    assert (call["state"], call["outcome"], call["tow_partner"], call["tow_cost_fen"]) == ("towed", "towed", "平安拖车", 45_000)
    assert (call["response_minutes"], call["late"], call["taken_by"]) == (0, False, "user:lin.wei")

    order = await answering(counter, call)
    assert (order["order_kind"], order["rescue_call_id"], order["state"]) == ("rescue", call["id"], "draft")
    closed = (await counter.get(f"/rescue-calls/{call['id']}")).json()
    assert (closed["state"], closed["outcome"], closed["ro_id"]) == ("closed", "towed", order["id"])
    assert (closed["vehicle_id"], closed["customer_id"]) == (order["vehicle_id"], order["customer_id"])
    [arrived] = await counter.said("vehicle_checked_in", order["id"])
    assert arrived["order_kind"] == "rescue"


async def test_a_car_that_is_repaired_at_the_roadside_has_a_repair_order_as_any_other(counter: Counter) -> None:
    """R11: its order is opened and agreed to before the work, there too; the outcome closes the call.  No bay is needed."""
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL)
    order = await answering(counter, call)
    path = f"/repair-orders/{order['id']}"
    assert (await counter.get(f"/rescue-calls/{call['id']}")).json()["state"] == "arrived"
    estimate = await counter.made(f"{path}/estimates", {"lines": [labour("battery")]}, version=order["etag"])
    agreed = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "赵强"}
    order = await counter.made(f"{path}/authorisation", agreed, version=estimate["etag"])
    await counter.hear(completed(order["lines"][0]["id"], order["id"]))

    seen = (await counter.get(f"/rescue-calls/{call['id']}")).json()["version"]
    call = await counter.made(f"/rescue-calls/{call['id']}/outcome", REPAIRED["outcome"], version=seen)
    assert (call["state"], call["outcome"], call["ro_id"]) == ("closed", "repaired_on_site", order["id"])
    order = (await counter.get(path)).json()
    invoices = await counter.a_signed_bill(order | {"etag": order["version"]})
    owed = invoices["items"][0]
    await counter.made(f"/invoices/{owed['id']}/payments", {"method": "mobile", "amount_fen": owed["amount_fen"]}, version=1)
    delivered = await counter.made(f"{path}/delivery", {}, version=invoices["etag"])
    [work], [gone] = await counter.said("work_authorised", order["id"]), await counter.said("vehicle_delivered", order["id"])
    assert (delivered["state"], work["order_kind"], gone["order_kind"], gone["survey_excluded"]) == (
        "delivered", "rescue", "rescue", False,
    )  # fmt: skip


async def test_a_call_without_a_repair_order_is_closed_with_a_reason(counter: Counter) -> None:
    """R11."""
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL, TOWED, {"closing": {"reason": "客户要求拖到家"}})
    assert (call["state"], call["end_reason"], call["ro_id"]) == ("closed", "客户要求拖到家", None)
    cancelled = await counter.a_rescue_call(DISPATCH, {"cancellation": {"reason": "自己开走了"}})
    assert (cancelled["state"], cancelled["end_reason"], cancelled["outcome"]) == ("cancelled", "自己开走了", None)


async def test_the_call_keeps_when_help_was_sent_and_there_as_it_is_reported(counter: Counter) -> None:
    call = await counter.a_rescue_call()
    called = call["called_at"]
    path = f"/rescue-calls/{call['id']}"
    early = await counter.post(f"{path}/dispatch", {"responder": "T1", "at": "2020-01-01T00:00:00+08:00"}, version=1)
    late = await counter.post(f"{path}/dispatch", {"responder": "T1", "at": "2099-01-01T00:00:00+08:00"}, version=1)
    assert [answer.json()["code"] for answer in (early, late)] == ["time_before_last_step", "time_in_the_future"]
    assert {answer.status_code for answer in (early, late)} == {422}
    call = await counter.made(f"{path}/dispatch", {"responder": "T1", "at": called}, version=1)
    call = await counter.made(f"{path}/dispatch", {"responder": "T2"}, version=call["etag"])
    assert (call["responder"], call["tow_partner"], call["version"]) == ("T2", None, 3)


async def test_how_soon_help_must_be_there_is_the_store_s_own_policy(counter: Counter) -> None:
    """R11; all values are defaults of a per-store policy (mission)."""
    assert (await counter.a_rescue_call(store="hz01"))["response_limit_minutes"] == 30
    body = {"value": {"response_minutes": 45}}
    answer = await counter.post("/stores/hz01/policies/rescue", body, "store_manager", store="hz01")
    assert answer.status_code == 201
    assert (await counter.a_rescue_call(store="hz01"))["response_limit_minutes"] == 45
    assert (await counter.a_rescue_call())["response_limit_minutes"] == 30


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(("seconds", "minutes", "late"), [(0, 0, False), (1_800, 30, False), (1_801, 30, True)])
def test_help_is_late_after_the_limit_and_not_at_it(seconds: int, minutes: int, late: bool) -> None:
    """R11."""
    call = a_rescue_call()
    call.dispatch("T1", None, None)
    with clock.stopped(NOON + timedelta(seconds=seconds)):
        assert (call.response_minutes, call.late) == (None, late), "it is late while it is on the way, too"
        call.arrive(None)
    with clock.stopped(NOON + timedelta(days=1)):
        assert (call.response_minutes, call.late) == (minutes, late)


@pytest.mark.usefixtures("at_noon")
def test_a_cancelled_call_grows_no_later() -> None:
    call = a_rescue_call()
    call.cancel("自己开走了")
    with clock.stopped(NOON + timedelta(days=1)):
        assert (call.response_minutes, call.late) == (None, False)


async def test_who_works_with_no_persons_sees_neither_caller_nor_place(counter: Counter) -> None:
    """R11; a person's place is sensitive."""
    call = await counter.a_rescue_call({"cancellation": {"reason": "不要了"}})
    path = f"/rescue-calls/{call['id']}"
    full = await counter.get(path, "cashier")
    assert [secret for secret in PERSONAL if secret not in full.text] == []
    for answer in (await counter.get(path, "dispatcher"), await counter.get("/rescue-calls", "dispatcher")):
        assert answer.status_code == 200
        assert [secret for secret in PERSONAL if secret in answer.text] == []
    token = issue_token("zhou.min", {"sh01": ["dispatcher"], "sh02": ["advisor"]})
    mixed = await counter.client.get(path, headers={"Authorization": f"Bearer {token}"})
    assert [secret for secret in PERSONAL if secret in mixed.text] == []
    assert (await counter.get(path, "technician")).status_code == 403
    for action in ("dispatch", "arrival", "outcome", "cancellation", "closing"):
        assert (await counter.post(f"{path}/{action}", {}, "dispatcher", version=2)).status_code == 403


async def test_no_fact_says_where_the_caller_is(counter: Counter) -> None:
    """K9."""
    order = await answering(counter, await counter.a_rescue_call(DISPATCH, ARRIVAL, TOWED))
    async with counter.database.hearing.begin() as session:
        said = (await session.scalars(text("SELECT o::text FROM outbox AS o"))).all()
    told = "\n".join(fact for fact in said if order["id"] in fact)
    assert "vehicle_checked_in" in told
    assert [secret for secret in PERSONAL if secret in told] == []


async def test_a_call_of_another_store_looks_unknown(counter: Counter) -> None:
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL)
    path = f"/rescue-calls/{call['id']}"
    assert (await counter.get(path, store="sh02")).status_code == 404
    assert (await counter.post(f"{path}/closing", {"reason": "x"}, store="sh02", version=3)).status_code == 404
    customer = await counter.a_customer(store="sh02")
    vehicle = await counter.a_vehicle(customer["id"], store="sh02")
    body = {
        "vehicle_id": vehicle["id"], "customer_id": customer["id"], "words": "x", "odometer_km": 1, "fuel_bp": 0,
        "rescue_call_id": call["id"],
    }  # fmt: skip
    for headers in (called_by("advisor", store="sh02"), called_by("advisor", store="*")):
        answer = await counter.client.post("/stores/sh02/check-ins", json=body, headers=headers | once())
        assert (answer.status_code, answer.json()["code"]) == (422, "rescue_call_unknown")


async def test_calls_are_listed_by_store_state_and_the_store_s_own_days(counter: Counter) -> None:
    """R11."""
    call = await counter.a_rescue_call(DISPATCH, store="ny01")
    day = clock.day_in("America/New_York").isoformat()

    async def listed(**query: Any) -> list[str]:
        answer = await counter.get("/rescue-calls", store="ny01", **query)
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert call["id"] in await listed(store_id="ny01", state="dispatched", called_from=day, called_until=day)
    assert await listed(state="closed") == await listed(called_from="2099-01-01") == await listed(store_id="sh01") == []
    more = [await counter.a_rescue_call(store="ny01") for _ in range(2)]
    first = (await counter.get("/rescue-calls", store="ny01", called_from=day, limit=2)).json()
    rest = (await counter.get("/rescue-calls", store="ny01", called_from=day, limit=2, cursor=first["next"])).json()
    assert [item["id"] for item in (*first["items"], *rest["items"])] == [more[1]["id"], more[0]["id"], call["id"]]
    backwards = await counter.get("/rescue-calls", called_from="2026-11-22", called_until="2026-11-21")
    assert (backwards.status_code, backwards.json()["code"]) == (422, "range_backwards")


@pytest.mark.parametrize(
    ("fields", "loc"),
    [
        ({"latitude_microdeg": None}, ["body"]),
        ({"latitude_microdeg": 90_000_001}, ["body", "latitude_microdeg"]),
        ({"longitude_microdeg": 121.3}, ["body", "longitude_microdeg"]),
        ({"caller_phone": "none"}, ["body", "caller_phone"]),
        ({"location": " "}, ["body", "location"]),
        ({"words": "a\x01b"}, ["body", "words"]),
        ({"state": "closed"}, ["body", "state"]),
        ({"vehicle_id": str(new_id())}, ["body", "vehicle_id"]),
        ({"customer_id": str(new_id())}, ["body", "customer_id"]),
    ],
)
async def test_a_call_that_cannot_be_meant_is_refused(counter: Counter, fields: dict[str, Any], loc: list[str]) -> None:
    body = {
        "caller_name": "赵强", "caller_phone": "139 0013 9000", "location": "K42", "latitude_microdeg": 31_012_345,
        "longitude_microdeg": 121_301_234, "words": "车抛锚了",
    }  # fmt: skip
    answer = await counter.post("/stores/sh01/rescue-calls", body | fields)
    assert (answer.status_code, [error["loc"] for error in answer.json()["errors"]]) == (422, [loc])
    assert "赵强" not in answer.text


async def test_only_a_towed_car_has_towing_costs(counter: Counter) -> None:
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL)
    for told in ({"tow_cost_fen": 1}, {"tow_partner": "平安拖车"}, {"outcome": "exploded"}):
        body = REPAIRED["outcome"] | told
        answer = await counter.post(f"/rescue-calls/{call['id']}/outcome", body, version=call["etag"])
        assert answer.status_code == 422


@pytest.mark.usefixtures("at_noon")
def test_a_repair_order_is_opened_once_and_only_where_somebody_is_with_the_car() -> None:
    """R11."""

    def opened(call: RescueCall, kind: str = "rescue") -> str:
        try:
            call.open_order(new_id(), kind, new_id(), new_id())
        except (Refused, Invalid) as refused:
            return refused.code
        return call.state

    call = a_rescue_call()
    assert opened(call) == "rescue_not_there"
    call.dispatch("T1", None, None)
    assert opened(call) == "rescue_not_there"
    call.arrive(None)
    assert opened(call, "repair") == "kind_not_rescue"
    assert opened(call) == "arrived"
    assert opened(call) == "rescue_has_order"
    with pytest.raises(Refused, match="rescue_has_order"):
        call.cancel("自己开走了")
    cancelled = a_rescue_call()
    cancelled.cancel("自己开走了")
    assert opened(cancelled) == "rescue_not_there"


async def test_two_check_ins_at_once_open_one_repair_order_for_a_call(counter: Counter) -> None:
    """R11: two advisors receive the same car."""
    call = await counter.a_rescue_call(DISPATCH, ARRIVAL, TOWED)
    customer = await counter.a_customer()
    cars = [await counter.a_vehicle(customer["id"]) for _ in range(4)]
    bodies = [
        {"vehicle_id": car["id"], "customer_id": customer["id"], "words": "x", "odometer_km": 1, "fuel_bp": 0,
         "rescue_call_id": call["id"]}
        for car in cars
    ]  # fmt: skip
    answers = await asyncio.gather(*(counter.post("/stores/sh01/check-ins", body) for body in bodies))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"rescue_has_order"}
    found = (await counter.get("/repair-orders", customer_id=customer["id"])).json()["items"]
    assert len(found) == 1
