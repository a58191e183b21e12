"""A car's way over the counter, by HTTP, on the real service and database."""

from typing import Any
from uuid import UUID

from tests.reception.counter import Counter
from tests.reception.words import completed, issued, labour, part


async def test_a_car_goes_from_check_in_to_delivery(counter: Counter) -> None:
    """R2, R3, R4, R5, R7, R8, R9 (thin)."""
    symptoms = [{"concern_code": "BRK-NOISE", "condition": "cold", "frequency": "often"}]
    marks = [{"panel": "left_front_door", "kind": "scratch", "left_bp": 3_000, "top_bp": 5_000}]
    order = await counter.a_check_in(symptoms=symptoms, damage_marks=marks, belongings=["umbrella"])
    assert (order["state"], order["ro_no"], order["version"]) == ("draft", None, 1)
    path = f"/repair-orders/{order['id']}"

    body = {"lines": [labour("brakes"), part("brakes"), labour("recall", payer="warranty")]}
    order = await counter.walked_around(order)
    estimate = await counter.made(f"{path}/estimates", body, version=order["etag"])
    assert [line["amount_fen"] for line in estimate["lines"]] == [24_000, 45_500, 24_000]
    assert estimate["lines"][1]["labour_line_id"] == estimate["lines"][0]["id"]

    agreed = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}
    order = await counter.made(f"{path}/authorisation", agreed, version=estimate["etag"])
    assert (order["state"], order["total_fen"], len(order["authorisation"]["sha256"])) == ("authorised", 93_500, 64)
    assert [line["id"] for line in order["lines"]] == [line["id"] for line in estimate["lines"]]

    answer = await counter.post(f"{path}/settlement", version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "lines_not_finished")
    finished = await _finish(counter, order)
    assert (finished["state"], {line["stage"] for line in finished["lines"]}) == ("work_complete", {"completed", "issued"})

    invoices = await counter.a_signed_bill(finished | {"etag": finished["version"]})
    by_payer = {invoice["payer"]: invoice for invoice in invoices["items"]}
    assert {payer: invoice["amount_fen"] for payer, invoice in by_payer.items()} == {"customer": 69_500, "warranty": 24_000}

    owed = by_payer["customer"]
    answer = await counter.post(f"{path}/delivery", {}, version=invoices["etag"])
    assert (answer.status_code, answer.json()["parameters"]) == (409, {"open_fen": 69_500})
    paid = await counter.made(f"/invoices/{owed['id']}/payments", {"method": "cash", "amount_fen": 50_000}, version=1)
    paid = await counter.made(f"/invoices/{owed['id']}/payments", {"method": "mobile", "amount_fen": 19_500}, version=2)
    assert (paid["open_fen"], [payment["amount_fen"] for payment in paid["payments"]]) == (0, [50_000, 19_500])

    order = await counter.made(f"{path}/delivery", {"odometer_km": 42_010}, version=invoices["etag"])
    assert [step["state"] for step in order["timeline"]] == [
        "draft", "estimated", "authorised", "work_complete", "settled", "delivered",
    ]  # fmt: skip
    assert (order["vehicle"]["odometer_km"], order["vehicle"]["visits"]) == (42_010, 1)
    await _what_was_said(counter, order, owed["id"])


async def _finish(counter: Counter, order: dict[str, Any]) -> dict[str, Any]:
    for line in order["lines"]:
        fact = completed if line["kind"] == "labour" else issued
        await counter.hear(fact(UUID(line["id"]), UUID(order["id"])))
    return dict((await counter.get(f"/repair-orders/{order['id']}")).json())


async def _what_was_said(counter: Counter, order: dict[str, Any], invoice_id: str) -> None:
    [arrived] = await counter.said("vehicle_checked_in", order["id"])
    assert (arrived["damage_marks"], "words" in arrived, "plate" in arrived) == (1, False, False)
    [work] = await counter.said("work_authorised", order["id"])
    assert (work["ro_no"], len(work["lines"])) == (order["ro_no"], 3)
    assert {line["labour_line_id"] for line in work["lines"] if line["kind"] == "part"} == {work["lines"][0]["ro_line_id"]}
    assert [fact["paid_fen"] for fact in await counter.said("payment_received", invoice_id)] == [50_000, 69_500]
    [gone] = await counter.said("vehicle_delivered", order["id"])
    assert (gone["odometer_km"], gone["survey_excluded"]) == (42_010, False)
