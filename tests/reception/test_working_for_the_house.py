"""Internal work: pre-delivery inspection, first maintenance and reconditioning, on the house's own account."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from shared.refusal import Invalid
from tests.reception.counter import Counter
from tests.reception.words import a_draft, a_labour_line, completed, issued, labour, part

AGREED = {"channel": "internal", "evidence": "stock 2026-0815", "authorised_by": "used-car manager"}
INTERNAL = ("pdi", "first_maintenance", "reconditioning")


async def a_stock_car(counter: Counter, kind: str, **fields: Any) -> dict[str, Any]:
    """A car of the house is brought in."""
    house = await counter.made("/stores/sh01/house-customer")
    return await counter.a_check_in(customer=house, order_kind=kind, **fields)


async def estimated(counter: Counter, kind: str, *lines: dict[str, Any]) -> dict[str, Any]:
    order = await a_stock_car(counter, kind)
    body = {"lines": list(lines) or [labour("prepare", payer="internal"), part("prepare", payer="internal")]}
    return await counter.made(f"/repair-orders/{order['id']}/estimates", body, version=order["etag"]) | {"id": order["id"]}


async def test_a_used_car_is_reconditioned_from_cost_estimate_to_delivery_without_a_survey(counter: Counter) -> None:
    """R12."""
    estimate = await estimated(counter, "reconditioning")
    path = f"/repair-orders/{estimate['id']}"
    refused = await counter.post(f"{path}/authorisation", AGREED, version=estimate["etag"])
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_needed")
    approval = await counter.approved(refused.json())
    order = await counter.made(f"{path}/authorisation", AGREED | {"approval_id": approval}, version=estimate["etag"])
    assert (order["state"], order["order_kind"], order["authorisation"]["channel"]) == (
        "authorised", "reconditioning", "internal",
    )  # fmt: skip
    assert (await counter.get(f"/approvals/{approval}")).json()["state"] == "used"

    for line in order["lines"]:
        done = completed if line["kind"] == "labour" else issued
        await counter.hear(done(UUID(line["id"]), UUID(order["id"])))
    order = (await counter.get(path)).json()
    invoices = await counter.made(f"{path}/settlement", version=order["version"])
    assert [(invoice["payer"], invoice["amount_fen"]) for invoice in invoices["items"]] == [("internal", 69_500)]
    order = await counter.made(f"{path}/delivery", {}, version=invoices["etag"])
    assert (order["state"], order["customer"]["name"]) == ("delivered", "上海浦东店")
    for fact in ("vehicle_checked_in", "work_authorised", "vehicle_delivered"):
        assert [said["order_kind"] for said in await counter.said(fact, order["id"])] == ["reconditioning"]
    [gone] = await counter.said("vehicle_delivered", order["id"])
    assert gone["survey_excluded"] is True


async def test_the_manager_approves_exactly_the_estimate_that_is_agreed_to(counter: Counter) -> None:
    """R12: a dearer estimate needs an approval of its own."""
    estimate = await estimated(counter, "pdi")
    path = f"/repair-orders/{estimate['id']}"
    refused = await counter.post(f"{path}/authorisation", AGREED, version=estimate["etag"])
    approval = await counter.approved(refused.json())
    dearer = [labour("prepare", payer="internal", unit_price_fen=90_000)]
    estimate = await counter.made(f"{path}/estimates", {"lines": dearer}, version=estimate["etag"])
    answer = await counter.post(f"{path}/authorisation", AGREED | {"approval_id": approval}, version=estimate["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_for_something_else")
    assert (await counter.get(path)).json()["state"] == "estimated"
    assert (await counter.get(f"/approvals/{approval}")).json()["state"] == "granted"


@pytest.mark.parametrize(
    ("kind", "payer", "code"),
    [(kind, payer, "payer_not_internal") for kind in INTERNAL for payer in ("customer", "insurance")]
    + [("pdi", "warranty", "payer_not_internal"), ("reconditioning", "warranty", "payer_not_internal")]
    + [(kind, "internal", None) for kind in INTERNAL]
    + [("first_maintenance", "warranty", None), ("repair", "customer", None), ("rescue", "insurance", None)],
)
@pytest.mark.usefixtures("at_noon")
def test_no_customer_pays_for_internal_work(kind: str, payer: str, code: str | None) -> None:
    """R12; the maker may pay for the first maintenance (首保), the house pays for everything else itself."""
    order = a_draft(order_kind=kind)
    lines = [a_labour_line(payers={"internal": 10_000}), a_labour_line(payers={payer: 10_000}, position=1)]
    if code is None:
        order.propose(lines)
        return
    with pytest.raises(Invalid) as refused:
        order.propose(lines)
    assert (refused.value.code, refused.value.field, refused.value.parameters) == (
        code, "body.lines.1.payers", {"order_kind": kind, "payers": [payer]},
    )  # fmt: skip


async def test_a_customer_as_payer_of_internal_work_is_refused_at_the_counter(counter: Counter) -> None:
    """R12."""
    order = await a_stock_car(counter, "reconditioning")
    answer = await counter.post(f"/repair-orders/{order['id']}/estimates", {"lines": [labour("a")]}, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "payer_not_internal")
    assert [error["loc"] for error in answer.json()["errors"]] == [["body", "lines", "0", "payers"]]


async def test_the_first_maintenance_of_a_customer_s_car_is_agreed_to_by_either(counter: Counter) -> None:
    """R12: no manager is asked; nobody is surveyed though a customer fetches the car."""
    for channel in ("in_person", "internal"):
        order = await counter.a_check_in(order_kind="first_maintenance")
        path = f"/repair-orders/{order['id']}"
        body = {"lines": [labour("service", payer="warranty")]}
        estimate = await counter.made(f"{path}/estimates", body, version=order["etag"])
        order = await counter.made(f"{path}/authorisation", AGREED | {"channel": channel}, version=estimate["etag"])
        await counter.hear(completed(order["lines"][0]["id"], order["id"]))
        invoices = await counter.made(f"{path}/settlement", version=(await counter.get(path)).json()["version"])
        await counter.made(f"{path}/delivery", {}, version=invoices["etag"])
        [gone] = await counter.said("vehicle_delivered", order["id"])
        assert (gone["order_kind"], gone["survey_excluded"]) == ("first_maintenance", True)


async def test_the_house_agrees_for_itself_only(counter: Counter) -> None:
    """R5, R12: where a customer pays, a customer agrees; where the house pays, the house does."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    estimate = await counter.made(f"{path}/estimates", {"lines": [labour("a")]}, version=order["etag"])
    answer = await counter.post(f"{path}/authorisation", AGREED, version=estimate["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "channel_not_internal")
    estimate = await estimated(counter, "reconditioning")
    body = AGREED | {"channel": "phone"}
    answer = await counter.post(f"/repair-orders/{estimate['id']}/authorisation", body, version=estimate["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "channel_internal_needed")


async def test_a_store_has_one_house_customer_however_often_and_at_once_it_is_asked_for(counter: Counter) -> None:
    """R12: so that a car in stock has a file."""
    answers = await asyncio.gather(*(counter.post("/stores/sh02/house-customer", store="sh02") for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    house = answers[0].json()
    assert (house["kind"], house["name"], house["home_store_id"], house["consent"]) == ("company", "上海虹桥店", "sh02", False)
    assert len(await counter.said("contact_changed", house["id"])) == 1
    ours = await counter.made("/stores/sh01/house-customer")
    assert ours["id"] != house["id"]
    assert (await counter.post("/stores/sh02/house-customer")).status_code == 404


async def test_an_order_is_of_the_kind_that_the_check_in_names(counter: Counter) -> None:
    assert (await counter.a_check_in())["order_kind"] == "repair"
    for kind in ("maintenance", "accident", "rescue", "warranty", *INTERNAL):
        assert (await counter.a_check_in(order_kind=kind))["order_kind"] == kind
    order = await counter.a_check_in()
    body = {"vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 50_000}
    answer = await counter.post("/stores/sh01/check-ins", body | {"fuel_bp": 0, "order_kind": "joyride"})
    assert (answer.status_code, [error["loc"] for error in answer.json()["errors"]]) == (422, [["body", "order_kind"]])
