"""Lists of repair orders: found by whatever the caller knows, shown to who may know it."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from shared import clock
from shared.identity import issue_token
from tests.callers import called_by, once
from tests.reception.counter import Counter

NEW_YEAR_IN_NEW_YORK = datetime(2031, 1, 1, 4, 30, tzinfo=UTC)
"""23:30 on the last day of the year there, the first day of the next one almost everywhere else."""


async def listed(counter: Counter, *roles: str, store: str = "sh01", **query: Any) -> list[str]:
    answer = await counter.get("/repair-orders", *roles, store=store, **query)
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


async def test_an_order_is_found_by_everything_that_is_known_of_it_and_by_nothing_else(counter: Counter) -> None:
    """R2, R7."""
    phone = f"139 0000 {uuid4().int % 10_000:04d}"
    order = await counter.an_authorised_order(
        customer=await counter.a_customer(phone=phone), order_kind="accident", promised_at="2098-05-01T16:00:00+08:00"
    )
    right: dict[str, Any] = {
        "store_id": "sh01", "state": "authorised", "order_kind": "accident", "advisor": "lin.wei", "plate": order["plate"],
        "vin": order["vehicle"]["vin"].lower(), "phone_tail": phone[-4:], "ro_no": order["ro_no"],
        "customer_id": order["customer_id"], "vehicle_id": order["vehicle_id"], "opened_from": order["opened_on"],
        "opened_until": order["opened_on"], "promised_before": "2098-05-01T16:00:01+08:00",
    }  # fmt: skip
    wrong: dict[str, Any] = {
        "store_id": "sh02", "state": "draft", "order_kind": "rescue", "advisor": "zhou.min", "plate": "沪Z99999",
        "vin": "WVWZZZ3C000000000", "phone_tail": f"{(int(phone[-4:]) + 1) % 10_000:04d}", "ro_no": "SH01-20261121-999999",
        "customer_id": str(uuid4()), "vehicle_id": str(uuid4()), "opened_from": "2099-01-01", "opened_until": "2020-01-01",
        "promised_before": "2098-05-01T16:00:00+08:00",
    }  # fmt: skip
    assert await listed(counter, **right) == [order["id"]]
    for name, value in right.items():
        mine = {"customer_id": order["customer_id"]}
        assert await listed(counter, **mine | {name: value}) == [order["id"]], name
        assert await listed(counter, **mine | {name: wrong[name]}) == [], name


async def test_days_are_the_stores_own(counter: Counter) -> None:
    customer = await counter.a_customer(store="ny01")
    with clock.stopped(NEW_YEAR_IN_NEW_YORK):
        order = await counter.a_check_in(store="ny01", customer=customer)
    mine = {"customer_id": customer["id"], "store": "ny01"}
    assert await listed(counter, **mine, opened_from="2030-12-31", opened_until="2030-12-31") == [order["id"]]
    assert await listed(counter, **mine, opened_from="2031-01-01") == []


@pytest.mark.parametrize("query", [{}, {"opened_from": "2020-01-01"}, {"promised_before": "2099-12-31T00:00:00Z"}])
async def test_pages_of_every_order_of_the_list_fit_together(counter: Counter, query: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    orders = [await counter.a_check_in(customer=customer) for _ in range(5)]
    query = query | {"customer_id": customer["id"], "limit": 2}
    shown: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(3):
        page = (await counter.get("/repair-orders", **query, **cursor)).json()
        shown += [item["id"] for item in page["items"]]
        cursor = {"cursor": page["next"]}
    assert shown == [order["id"] for order in reversed(orders)]
    assert page["next"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"state": "lost"}, "state"), ({"order_kind": "joyride"}, "order_kind"), ({"advisor": " "}, "advisor"),
        ({"plate": "x"}, "plate"), ({"vin": "WVWZZZ3C00000000O"}, "vin"), ({"phone_tail": "123"}, "phone_tail"),
        ({"phone_tail": "１２３４"}, "phone_tail"), ({"ro_no": "x"}, "ro_no"), ({"customer_id": "1"}, "customer_id"),
        ({"opened_from": "20261121"}, "opened_from"), ({"opened_until": "2026-02-30"}, "opened_until"),
        ({"promised_before": "2026-11-21T08:00:00"}, "promised_before"), ({"promised_before": "soon"}, "promised_before"),
        ({"opened_from": "2026-11-22", "opened_until": "2026-11-21"}, "opened_until"),
    ],
)  # fmt: skip
async def test_a_question_that_cannot_be_meant_is_refused(counter: Counter, query: dict[str, str], field: str) -> None:
    answer = await counter.get("/repair-orders", **query)
    assert (answer.status_code, [error["loc"] for error in answer.json()["errors"]]) == (422, [["query", field]])


@pytest.mark.parametrize("key", [["2026-11-21"], ["2026-99-21", str(uuid4())], ["x", str(uuid4())], [str(uuid4())]])
async def test_a_cursor_of_another_list_is_refused(counter: Counter, key: list[str]) -> None:
    cursor = base64.urlsafe_b64encode(json.dumps(key).encode()).decode()
    answer = await counter.get("/repair-orders", opened_from="2026-11-21", cursor=cursor)
    assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid")


@pytest.mark.parametrize("field", ["plate", "vin", "phone_tail"])
async def test_who_may_not_see_persons_may_not_ask_by_them(counter: Counter, field: str) -> None:
    """K9: the answer would tell whose car it is."""
    order = await counter.a_check_in(customer=await counter.a_customer(phone="13800138642"))
    known = {"plate": order["plate"], "vin": order["vehicle"]["vin"], "phone_tail": "8642"}
    query = {field: known[field]}
    assert order["id"] in await listed(counter, "cashier", **query)
    assert (await counter.get("/repair-orders", "dispatcher", **query)).status_code == 403
    token = issue_token("zhou.min", {"sh01": ["dispatcher"], "sh02": ["advisor"]})
    mixed = {"Authorization": f"Bearer {token}"}
    found = await counter.client.get("/repair-orders", params=query, headers=mixed)
    assert (found.status_code, order["id"] in found.text) == (200, False)
    here = await counter.client.get("/repair-orders", params=query | {"store_id": "sh01"}, headers=mixed)
    assert here.status_code == 403


async def test_the_list_tells_who_received_the_car_and_of_which_kind_the_order_is(counter: Counter) -> None:
    order = await counter.a_check_in()
    body = {"vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 50_000}
    other = called_by("advisor", subject="zhou.min") | once()
    answer = await counter.client.post("/stores/sh01/check-ins", json=body | {"fuel_bp": 0, "order_kind": "pdi"}, headers=other)
    assert answer.status_code == 201, answer.text
    found = (await counter.get("/repair-orders", vehicle_id=order["vehicle_id"])).json()["items"]
    assert [(head["advisor"], head["order_kind"]) for head in found] == [("zhou.min", "pdi"), ("lin.wei", "repair")]
    assert await listed(counter, vehicle_id=order["vehicle_id"], advisor="zhou.min") == [answer.json()["id"]]


async def test_what_a_car_is_here_for_are_its_orders_that_are_not_ended(counter: Counter) -> None:
    """R2: newest first, in the caller's stores; the plate for who may see persons."""
    first = await counter.a_check_in()
    car = first["vehicle"]
    second = await counter.a_check_in_of(car)
    over = await counter.a_check_in_of(car)
    await counter.made(f"/repair-orders/{over['id']}/cancellation", {"reason_code": "too_dear"}, version=over["etag"])
    elsewhere = await counter.a_check_in_of(car, store="sh02")
    path = f"/vehicles/{car['id']}/open-orders"
    found = (await counter.get(path)).json()["items"]
    assert [(item["id"], item["plate"]) for item in found] == [(second["id"], car["plate"]), (first["id"], car["plate"])]
    seen = (await counter.get(path, "dispatcher", store="sh02")).json()["items"]
    assert [(item["id"], item["plate"]) for item in seen] == [(elsewhere["id"], None)]
    page = (await counter.get(path, limit="1")).json()
    assert [item["id"] for item in (await counter.get(path, cursor=page["next"])).json()["items"]] == [first["id"]]
    assert (await counter.get(f"/vehicles/{uuid4()}/open-orders")).status_code == 404
