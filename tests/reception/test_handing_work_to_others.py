"""Sublet work of other firms, and paperwork that the house does for the customer, on the same order and bill as all else."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.reception.counter import Counter, Told
from tests.reception.test_deciding_line_by_line import AGREED
from tests.reception.words import completed, issued, labour, part, shares

pytestmark = pytest.mark.usefixtures("at_noon")


def sublet(**fields: Any) -> Told:
    """A wheel that another firm straightens for 200 yuan, at a price of 320."""
    return {
        "kind": "sublet", "op_code": "WHEEL-STRAIGHTEN", "description": "轮毂整形", "vendor": "浦东轮毂修复",
        "cost_fen": 20_000, "unit_price_fen": 32_000, "due_on": "2026-11-22", "payers": shares(None),
    } | fields  # fmt: skip


def agency(**fields: Any) -> Told:
    """An insurance that is renewed for a fee of 100 yuan, a premium of 4,500 and a commission of 300."""
    return {
        "kind": "agency", "service": "insurance_renewal", "fee_fen": 10_000, "third_party_fen": 450_000,
        "commission_fen": 30_000, "payers": shares(None),
    } | fields  # fmt: skip


async def done(counter: Counter, order: Told, line: Told, **fields: Any) -> Told:
    path = f"/repair-orders/{order['id']}/lines/{line['id']}/completion"
    return await counter.made(path, {"document_no": "P-2026-77"} | fields, version=order["etag"])


async def test_a_car_comes_for_its_papers_only(counter: Counter) -> None:
    """R15, R8: there is no job and no part; the bill is made when the paper is there, and not before."""
    order = await counter.an_authorised_order(agency(), agency(service="annual_inspection", third_party_fen=0))
    path = f"/repair-orders/{order['id']}"
    [renewal, inspection] = order["lines"]
    assert [(line["op_code"], line["description"], line["amount_fen"], line["tax_bp"]) for line in order["lines"]] == [
        ("insurance_renewal", "保险续保代办", 460_000, 600), ("annual_inspection", "年检代办", 10_000, 600),
    ]  # fmt: skip
    early = await counter.post(f"{path}/settlement", version=order["etag"])
    assert (early.status_code, early.json()["code"]) == (409, "services_not_finished")
    assert early.json()["parameters"] == {"ro_line_ids": [renewal["id"], inspection["id"]]}

    order = await done(counter, order, renewal)
    assert (order["state"], order["lines"][0]["stage"], order["lines"][0]["document_no"]) == (
        "authorised", "completed", "P-2026-77",
    )  # fmt: skip
    order = await done(counter, order, inspection)
    assert order["state"] == "work_complete"
    bill = await counter.a_signed_bill(order)
    [owed] = bill["sheet"]["payers"]
    assert owed["amount_fen"] == 470_000
    assert owed["tax"] == [
        {"tax_bp": 0, "amount_fen": 450_000, "tax_fen": 0}, {"tax_bp": 600, "amount_fen": 20_000, "tax_fen": 1_132},
    ]  # fmt: skip
    await counter.made(f"/invoices/{bill['items'][0]['id']}/payments", {"method": "card", "amount_fen": 470_000}, version=1)
    gone = await counter.made(f"{path}/delivery", {}, version=bill["etag"])
    assert gone["state"] == "delivered"
    entries = (await counter.get(f"{path}/progress")).json()["entries"]
    told = [entry["sentences"]["zh-CN"] for entry in entries if entry["code"] == "service_completed"]
    assert sorted(told) == ["保险续保代办：已办妥。", "年检代办：已办妥。"]


async def test_who_follows_the_order_hears_of_services_apart_from_jobs_and_parts(counter: Counter) -> None:
    """R15: neither workshop nor parts nor claims looks at them; nobody is told what the house pays or earns."""
    order = await counter.an_authorised_order(labour("a"), sublet(), agency(), part("a"))
    [told] = await counter.said("work_authorised", order["id"])
    assert [line["kind"] for line in told["lines"]] == ["labour", "part"]
    figures = ("kind", "code", "amount_fen", "third_party_fen")
    assert [[service[name] for name in figures] for service in told["services"]] == [
        ["sublet", "WHEEL-STRAIGHTEN", 32_000, 0], ["agency", "insurance_renewal", 460_000, 450_000],
    ]  # fmt: skip
    assert [service["completed_at"] for service in told["services"]] == [None, None]
    assert not {"cost_fen", "commission_fen", "vendor"} & told["services"][0].keys()
    order = await done(counter, order, order["lines"][1])
    [_, told] = await counter.said("work_authorised", order["id"])
    assert [service["completed_at"] for service in told["services"]] == ["2026-11-21T04:00:00Z", None]


async def test_the_work_is_complete_with_the_last_of_jobs_parts_and_services(counter: Counter) -> None:
    """R8: whichever comes last."""
    for last in ("job", "service"):
        order = await counter.an_authorised_order(labour("a"), part("a"), sublet())
        path = f"/repair-orders/{order['id']}"
        job, pads, wheel = order["lines"]
        if last == "job":
            order = await done(counter, order, wheel)
        await counter.hear(issued(pads["id"], order["id"]), completed(job["id"], order["id"]))
        order = (await counter.get(path)).json()
        assert order["state"] == ("work_complete" if last == "job" else "authorised")
        if last == "service":
            order = await done(counter, order | {"etag": order["version"]}, wheel)
            assert order["state"] == "work_complete"


async def test_costs_and_commissions_are_for_managers(counter: Counter) -> None:
    """R15, K4: on no answer that an advisor reads, on no sheet that a customer signs."""
    order = await counter.an_authorised_order(sublet(), agency())
    path = f"/repair-orders/{order['id']}"
    wheel, renewal = order["lines"]
    order = await done(counter, order, wheel, cost_fen=21_000)
    order = await done(counter, order, renewal, commission_fen=28_000)
    assert (await counter.get(f"{path}/margins", "advisor")).status_code == 403
    margins = (await counter.get(f"{path}/margins", "store_manager")).json()["items"]
    assert [(each["cost_fen"], each["commission_fen"], each["margin_fen"]) for each in margins] == [
        (21_000, None, 11_000), (None, 28_000, 38_000),
    ]  # fmt: skip
    bill = await counter.a_signed_bill(order)
    read = [
        await counter.get(f"{path}{part}")
        for part in ("", "/estimate", "/estimates", "/settlement", "/signatures", "/progress")
    ]
    for answer in read:
        assert answer.status_code == 200
        assert "cost_fen" not in answer.text and "commission_fen" not in answer.text
    assert "浦东轮毂修复" not in str(bill["sheet"])
    assert (await counter.get(f"{path}/margins", "store_manager", store="sh02")).status_code == 404


async def test_what_is_passed_through_is_no_sale_of_the_house(counter: Counter, tomorrow: datetime) -> None:
    """R15, K6: the day's record counts the fee."""
    order = await counter.an_authorised_order(agency(), sublet(), store="sh02", promised_at="2099-01-01T00:00:00Z")
    for line in order["lines"]:
        path = f"/repair-orders/{order['id']}/lines/{line['id']}/completion"
        order = await counter.made(path, {"document_no": "P-1"}, version=order["etag"], store="sh02")
    await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"], store="sh02")
    day = (tomorrow - timedelta(days=1)).date().isoformat()
    record = (await counter.get("/stores/sh02/daily-record", "cashier", store="sh02", on=day)).json()
    assert {work["trade"]: work["amount_fen"] for work in record["work"]} == {"agency": 10_000, "sublet": 32_000}


@pytest.mark.parametrize(
    ("at", "fields", "status", "code"),
    [
        (0, {}, 409, "not_a_service"),
        (1, {"commission_fen": 1}, 422, "cost_not_of_this"),
        (2, {"cost_fen": 1}, 422, "cost_not_of_this"),
        (1, {"document_no": " "}, 422, None),
    ],
)
async def test_a_completion_that_cannot_be_meant_is_refused(
    counter: Counter, at: int, fields: dict[str, Any], status: int, code: str | None
) -> None:
    """R15."""
    order = await counter.an_authorised_order(labour("a"), sublet(), agency())
    path = f"/repair-orders/{order['id']}/lines/{order['lines'][at]['id']}/completion"
    answer = await counter.post(path, {"document_no": "4711"} | fields, version=order["etag"])
    assert answer.status_code == status
    assert code is None or answer.json()["code"] == code


async def test_a_service_is_done_once_and_between_agreement_and_bill(counter: Counter) -> None:
    """R15."""
    order = await counter.an_authorised_order(labour("a"), agency())
    renewal = order["lines"][1]
    path = f"/repair-orders/{order['id']}/lines/{renewal['id']}"
    order = await done(counter, order, renewal)
    body = {"document_no": "P-1"}
    again = await counter.post(f"{path}/completion", body, version=order["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "service_completed")
    taken_back = await counter.post(f"{path}/cancellation", {"reason_code": "changed_mind"}, version=order["etag"])
    assert (taken_back.status_code, taken_back.json()["code"]) == (409, "line_begun")
    unknown = await counter.post(f"/repair-orders/{order['id']}/lines/{order['id']}/completion", body, version=order["etag"])
    assert (unknown.status_code, unknown.json()["code"]) == (422, "line_unknown")
    await counter.hear(completed(order["lines"][0]["id"], order["id"]))
    order = (await counter.get(f"/repair-orders/{order['id']}")).json()
    bill = await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["version"])
    late = await counter.post(f"{path}/completion", body, version=bill["etag"])
    assert (late.status_code, late.json()["code"]) == (409, "order_not_in_work")


async def test_a_service_is_declined_or_taken_back_like_any_work(counter: Counter) -> None:
    """C4: and remembered for the next visit."""
    order = await counter.walked_around(await counter.a_check_in())
    path = f"/repair-orders/{order['id']}"
    estimate = await counter.made(f"{path}/estimates", {"lines": [agency(), sublet()]}, version=order["etag"])
    [renewal, wheel] = estimate["lines"]
    decisions = [{"line_id": renewal["id"], "decision": "deferred", "remind_on": "2027-01-01"}]
    order = await counter.made(f"{path}/authorisation", AGREED | {"decisions": decisions}, version=estimate["etag"])
    assert [line["kind"] for line in order["lines"]] == ["sublet"]
    items = (await counter.get(f"/vehicles/{order['vehicle_id']}/deferred-items")).json()["items"]
    assert [(item["code"], item["amount_fen"]) for item in items] == [("insurance_renewal", 460_000)]
    last = await counter.post(f"{path}/lines/{wheel['id']}/cancellation", {"reason_code": "x"}, version=order["etag"])
    assert (last.status_code, last.json()["code"]) == (409, "last_line")


async def test_another_payer_of_an_agency_service_pays_fee_and_passed_through_amount(counter: Counter) -> None:
    """C5: a new price changes the fee, never what the third party asks."""
    order = await counter.an_authorised_order(agency())
    path = f"/repair-orders/{order['id']}/lines/{order['lines'][0]['id']}/payers"
    body = {"payers": shares({"internal": 10_000}), "reason_code": "goodwill"}
    low = await counter.post(path, body | {"unit_price_fen": 449_999}, version=order["etag"])
    assert (low.status_code, low.json()["code"]) == (422, "price_below_third_party")
    sheet = await counter.made(path, body | {"unit_price_fen": 451_000}, version=order["etag"])
    [line] = sheet["sheet"]["lines"]
    assert (line["fee_fen"], line["third_party_fen"], line["payers"]) == (1_000, 450_000, {"internal": 451_000})


@pytest.mark.parametrize(
    "line",
    [
        sublet(vendor=None), sublet(unit_price_fen=None), sublet(description=None), sublet(cost_fen=-1),
        sublet(discount_bp=100), agency(service="horoscope"), agency(fee_fen=None), agency(third_party_fen=-1),
        agency(payers=[]),
    ],
)  # fmt: skip
async def test_a_service_that_cannot_be_meant_is_refused(counter: Counter, line: Told) -> None:
    order = await counter.a_check_in()
    answer = await counter.post(f"/repair-orders/{order['id']}/estimates", {"lines": [line]}, version=order["etag"])
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["state"] == "draft"


@pytest.mark.parametrize("line", [sublet(payers=shares({"warranty": 10_000})), agency(payers=shares({"warranty": 10_000}))])
async def test_the_maker_is_not_billed_for_what_nobody_claims(counter: Counter, line: Told) -> None:
    """C1: claims follows jobs and parts; neither at once nor by a later switch of payers."""
    order = await counter.walked_around(await counter.a_check_in())
    path = f"/repair-orders/{order['id']}"
    answer = await counter.post(f"{path}/estimates", {"lines": [line]}, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "payer_not_for_services")
    estimate = await counter.made(f"{path}/estimates", {"lines": [line | {"payers": shares(None)}]}, version=order["etag"])
    agreed = await counter.made(f"{path}/authorisation", AGREED, version=estimate["etag"])
    switch = {"payers": shares({"warranty": 10_000}), "reason_code": "under_warranty"}
    where = f"{path}/lines/{agreed['lines'][0]['id']}/payers"
    answer = await counter.post(where, switch, version=agreed["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "payer_not_for_services")
