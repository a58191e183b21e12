"""What cannot be meant is refused with the field's name and never echoed."""

from typing import Any
from uuid import uuid4

import pytest

from tests.reception.counter import Counter
from tests.reception.words import labour, part


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        ([], ["body", "lines"], "too_short"),
        ([labour(f"l{number}") for number in range(201)], ["body", "lines"], "too_long"),
        ([part("nowhere")], ["body", "lines", "0", "labour_line_ref"], "labour_line_unknown"),
        ([labour("a"), labour("a")], ["body", "lines", "1", "ref"], "ref_repeated"),
        ([labour("a", payers=[])], ["body", "lines", "0", "payers"], "line_without_payer"),
        ([labour("a", amount_fen=1)], ["body", "lines", 0, "labour", "amount_fen"], "extra_forbidden"),
        ([labour("a", unit_price_fen=-1)], ["body", "lines", 0, "labour", "unit_price_fen"], "greater_than_equal"),
        ([labour("a", unit_price_fen=1.5)], ["body", "lines", 0, "labour", "unit_price_fen"], "int_type"),
        ([labour("a", flat_hours_milli=True)], ["body", "lines", 0, "labour", "flat_hours_milli"], "int_type"),
    ],
)
async def test_an_estimate_that_cannot_be_meant_is_refused(
    counter: Counter, lines: list[dict[str, Any]], field: list[str | int], code: str
) -> None:
    """R5."""
    order = await counter.a_check_in()
    answer = await counter.post(f"/repair-orders/{order['id']}/estimates", {"lines": lines}, version=1)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(error["loc"], error["type"]) for error in answer.json()["errors"]]


async def test_an_estimate_of_ten_thousand_lines_is_refused_before_it_is_read(counter: Counter) -> None:
    """R5: nothing of it is kept."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    body = {"lines": [labour(f"l{number}") for number in range(10_000)]}
    answer = await counter.post(f"{path}/estimates", body, version=1)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert (await counter.get(path)).json()["version"] == 1


@pytest.mark.parametrize("known", ["vehicle_id", "customer_id"])
async def test_a_check_in_of_unknown_car_or_customer_names_the_field(counter: Counter, known: str) -> None:
    order = await counter.a_check_in()
    body = {
        "vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 50_000,
        "fuel_bp": 1_000,
    } | {known: str(uuid4())}  # fmt: skip
    answer = await counter.post("/stores/sh01/check-ins", body)
    assert answer.status_code == 422
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", known]]


async def test_an_odometer_that_ran_backwards_needs_a_reason_at_check_in(counter: Counter) -> None:
    """R2."""
    order = await counter.a_check_in(odometer_km=42_000)
    body = {
        "vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 41_000,
        "fuel_bp": 1_000,
    }  # fmt: skip
    answer = await counter.post("/stores/sh01/check-ins", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "odometer_runs_backwards")
    again = await counter.made("/stores/sh01/check-ins", body | {"odometer_reset_reason": "cluster replaced"})
    assert (again["odometer_km"], again["odometer_reset_reason"]) == (41_000, "cluster replaced")


async def test_the_customer_agrees_to_the_estimate_that_was_shown_and_to_no_other(counter: Counter) -> None:
    """R5: the authorisation names the version that the customer saw."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    agreed = {"channel": "phone", "evidence": "call 4711", "authorised_by": "王芳"}
    answer = await counter.post(f"{path}/authorisation", agreed, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_estimated")

    shown = await counter.made(f"{path}/estimates", {"lines": [labour("a")]}, version=order["etag"])
    dearer = await counter.made(f"{path}/estimates", {"lines": [labour("a", unit_price_fen=90_000)]}, version=shown["etag"])
    answer = await counter.post(f"{path}/authorisation", agreed, version=shown["etag"])
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert (await counter.get(f"{path}/estimate")).json()["total_fen"] == dearer["total_fen"] == 72_000


async def test_orders_whose_work_is_complete_are_listed_for_settlement(counter: Counter) -> None:
    """R8."""
    finished, unfinished = await counter.a_finished_order(store="sh02"), await counter.an_authorised_order(store="sh02")
    found = (await counter.get("/repair-orders", store="sh02", state="work_complete")).json()["items"]
    listed = {head["id"] for head in found}
    assert (finished["id"] in listed, unfinished["id"] in listed) == (True, False)


async def test_orders_are_listed_by_store_state_plate_and_number(counter: Counter) -> None:
    order = await counter.an_authorised_order(store="sh02")
    for query in (
        {"store_id": "sh02", "state": "authorised"}, {"plate": order["plate"]}, {"ro_no": order["ro_no"]},
        {"store_id": "sh02", "limit": 1},
    ):  # fmt: skip
        found = (await counter.get("/repair-orders", store="sh02", **query)).json()["items"]
        assert order["id"] in [head["id"] for head in found]
    assert (await counter.get("/repair-orders", store="sh01", ro_no=order["ro_no"])).json()["items"] == []
