"""The customer's yes and no to each line, additional work, and what is remembered for next time."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared.database import new_id
from shared.events.workshop import SupplementLine, SupplementProposed
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import ON_THE_TABLET, Counter, Told
from tests.reception.words import NOON, about, completed, dispatched, issued, labour, part, shares

AGREED = {"channel": "in_person", "evidence": "sheet 4711", "authorised_by": "王芳"}


async def an_estimate(counter: Counter, *lines: Told, **fields: Any) -> tuple[Told, Told]:
    """The checked-in order, and its estimate."""
    order = await counter.walked_around(await counter.a_check_in(**fields))
    estimate = await counter.made(f"/repair-orders/{order['id']}/estimates", {"lines": list(lines)}, version=order["etag"])
    return order, estimate


async def agreed(counter: Counter, order: Told, estimate: Told, **more: Any) -> Told:
    return await counter.made(f"/repair-orders/{order['id']}/authorisation", AGREED | more, version=estimate["etag"])


async def put_off(counter: Counter, vehicle_id: str) -> list[Told]:
    return list((await counter.get(f"/vehicles/{vehicle_id}/deferred-items")).json()["items"])


def proposed(order: Told, *, part_too: bool = True, severity: str = "soon") -> SupplementProposed:
    """The workshop found worn discs on the order's first job."""
    operation, ro = new_id(), UUID(order["id"])
    lines = [
        SupplementLine.model_validate(
            {"line_id": operation, "kind": "labour", "op_code": "BRAKE-DISCS", "flat_hours_milli": 500, "severity": severity,
             "finding": "discs below the limit", "concern_code": "brake_noise"}
        )
    ]  # fmt: skip
    if part_too:
        lines.append(
            SupplementLine.model_validate(
                {"line_id": new_id(), "kind": "part", "part_no": "DISC-1", "labour_line_id": operation,
                 "quantity_milli": 2_000, "severity": severity, "finding": "discs"}
            )
        )  # fmt: skip
    job = next(line["id"] for line in order["lines"] if line["kind"] == "labour")
    return SupplementProposed(
        about=about(new_id(), 1, ro_id=ro), ro_id=ro, job_id=UUID(job), technician="T1", lines=lines, proposed_at=NOON
    )


def price(fact: SupplementProposed, fen: int = 40_000) -> Told:
    """Each proposed line at this price, paid by the customer."""
    return {
        "lines": [
            {"line_id": str(line.line_id), "description": "Brake discs", "unit_price_fen": fen, "payers": shares(None)}
            for line in fact.lines
        ]
    }


async def a_priced_supplement(counter: Counter, order: Told, **fields: Any) -> tuple[SupplementProposed, Told]:
    fact = proposed(order, **fields)
    await counter.hear(fact)
    found = (await counter.get(f"/supplements/{fact.about.subject}")).json()
    path = f"/supplements/{fact.about.subject}/estimate"
    return fact, await counter.made(path, price(fact), version=found["version"])


async def test_each_line_is_agreed_to_or_not_and_its_parts_follow(counter: Counter) -> None:
    """R5: what was declined is in no work order, and is brought forward at the next visit until it is done."""
    order, estimate = await an_estimate(
        counter, labour("brakes"), part("brakes"), labour("wash", op_code="WASH"), labour("tyres")
    )
    ids = [line["id"] for line in estimate["lines"]]
    choices = [
        {"line_id": ids[0], "decision": "deferred", "reason_code": "too_dear", "severity": "soon", "remind_on": "2027-02-01"},
        {"line_id": ids[2], "decision": "declined", "reason_code": "elsewhere"},
    ]
    opened = await agreed(counter, order, estimate, decisions=choices, ceiling_fen=50_000)
    assert ([line["id"] for line in opened["lines"]], opened["total_fen"], opened["ceiling_fen"]) == ([ids[3]], 24_000, 50_000)
    assert [decision["decision"] for decision in opened["decisions"]].count("deferred") == 2, "brakes with their pads"
    [work] = await counter.said("work_authorised", order["id"])
    assert ([line["ro_line_id"] for line in work["lines"]], work["ceiling_fen"]) == ([ids[3]], 50_000)

    first, second = await put_off(counter, order["vehicle_id"])
    assert (first["code"], first["amount_fen"], first["severity"], first["remind_on"]) == (
        "BRAKE-FRONT", 69_500, "soon", "2027-02-01",
    )  # fmt: skip
    assert (second["code"], second["amount_fen"], second["decision"]) == ("WASH", 24_000, "declined")

    again = {"vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 43_000,
             "fuel_bp": 1, "promised_at": "2099-11-21T16:00:00+08:00"}  # fmt: skip
    later = await counter.walked_around(await counter.made("/stores/sh02/check-ins", again, store="sh02"))
    body = {"lines": [labour("brakes")]}
    priced = await counter.made(f"/repair-orders/{later['id']}/estimates", body, version=later["etag"], store="sh02")
    path = f"/repair-orders/{later['id']}/authorisation"
    await counter.made(path, AGREED, version=priced["etag"], store="sh02")
    assert [item["code"] for item in await put_off(counter, order["vehicle_id"])] == ["WASH"]


async def test_the_proof_keeps_what_was_agreed_word_for_word(counter: Counter) -> None:
    """R5: later changes of the order do not touch it."""
    order, estimate = await an_estimate(counter, labour("brakes"))
    opened = await agreed(counter, order, estimate)
    [issued_fact] = await counter.said("estimate_issued", estimate["id"])
    assert (issued_fact["line_count"], issued_fact["total_fen"]) == (1, 24_000)
    assert issued_fact["payers"] == [{"payer": "customer", "amount_fen": 24_000}]
    assert len(opened["authorisation"]["sha256"]) == 64


@pytest.mark.parametrize(
    ("choose", "status", "code"),
    [
        (lambda ids: [{"line_id": ids[1], "decision": "declined"}], 422, "part_follows_labour"),
        (lambda ids: [{"line_id": str(new_id()), "decision": "declined"}], 422, "line_unknown"),
        (lambda ids: [{"line_id": ids[0], "decision": "declined", "severity": "safety"}], 409, "waiver_missing"),
        (lambda ids: [{"line_id": ids[0], "decision": "declined"}], 409, "nothing_approved"),
    ],
)
async def test_decisions_that_cannot_be_meant_change_nothing(counter: Counter, choose: Any, status: int, code: str) -> None:
    order, estimate = await an_estimate(counter, labour("brakes"), part("brakes"))
    ids = [line["id"] for line in estimate["lines"]]
    path = f"/repair-orders/{order['id']}"
    answer = await counter.post(f"{path}/authorisation", AGREED | {"decisions": choose(ids)}, version=estimate["etag"])
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    now = (await counter.get(path)).json()
    assert (now["state"], now["version"], now["decisions"]) == ("estimated", estimate["etag"], [])
    assert await put_off(counter, order["vehicle_id"]) == []


async def test_a_declined_safety_item_is_waived_by_signature(counter: Counter) -> None:
    """C6."""
    order, estimate = await an_estimate(counter, labour("brakes"), labour("wash"))
    declined = {"line_id": estimate["lines"][0]["id"], "decision": "declined", "severity": "safety", "waiver": ON_THE_TABLET}
    await agreed(counter, order, estimate, decisions=[declined])
    [_, signature] = (await counter.get(f"/repair-orders/{order['id']}/signatures")).json()["items"]
    assert (signature["document"], signature["content"]["amount_fen"], signature["intact"]) == ("waiver", 24_000, True)


async def test_additional_work_is_priced_and_joins_the_order_when_the_customer_agrees(counter: Counter) -> None:
    """W4: nobody works on it before; the whole work is said again, and the finished order is not finished any more."""
    order = await counter.a_finished_order()
    fact, priced = await a_priced_supplement(counter, order)
    assert (priced["state"], priced["estimate"]["total_fen"]) == ("priced", 20_000 + 80_000)
    path = f"/supplements/{fact.about.subject}/decision"
    refusal = await counter.post(path, AGREED, version=priced["etag"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), "more than half of the first agreement"
    approval = await counter.approved(refusal.json())
    decided = await counter.made(path, AGREED | {"approval_id": approval}, version=priced["etag"])
    assert decided["state"] == "decided"

    now = (await counter.get(f"/repair-orders/{order['id']}")).json()
    assert (now["state"], now["total_fen"], len(now["lines"])) == ("authorised", 169_500, 4)
    _, work = await counter.said("work_authorised", order["id"])
    added = [line for line in work["lines"] if line["supplement_id"] == str(fact.about.subject)]
    assert [line["op_code"] or line["part_no"] for line in added] == ["BRAKE-DISCS", "DISC-1"]
    assert added[1]["labour_line_id"] == added[0]["ro_line_id"]
    [said] = await counter.said("supplement_decided", str(fact.about.subject))
    assert {decision["line_id"]: decision["decision"] for decision in said["decisions"]} == {
        str(line.line_id): "approved" for line in fact.lines
    }
    again = await counter.post(path, AGREED, version=decided["etag"])
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")

    ro = UUID(order["id"])
    for line in added:
        done = completed if line["kind"] == "labour" else issued
        await counter.hear(done(UUID(line["ro_line_id"]), ro))
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["state"] == "work_complete"


async def test_declined_additional_work_is_remembered_with_the_workshop_s_grade(counter: Counter) -> None:
    """W4, C6: a red finding needs the waiver whatever the request says of it."""
    order = await counter.an_authorised_order()
    fact, priced = await a_priced_supplement(counter, order, severity="safety")
    path = f"/supplements/{fact.about.subject}/decision"
    no = {"line_id": str(fact.lines[0].line_id), "decision": "declined", "severity": "advice", "reason_code": "too_dear"}
    answer = await counter.post(path, AGREED | {"decisions": [no]}, version=priced["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "waiver_missing")
    decided = await counter.made(path, AGREED | {"decisions": [no | {"waiver": ON_THE_TABLET}]}, version=priced["etag"])
    assert decided["state"] == "decided"
    [item] = await put_off(counter, order["vehicle_id"])
    assert (item["code"], item["severity"], item["amount_fen"]) == ("BRAKE-DISCS", "safety", 100_000)
    assert len(await counter.said("work_authorised", order["id"])) == 1, "the work is what it was"


async def test_every_proposed_line_is_priced_or_left_out_for_a_reason(counter: Counter) -> None:
    order = await counter.an_authorised_order()
    fact = proposed(order)
    await counter.hear(fact)
    path = f"/supplements/{fact.about.subject}"
    version = (await counter.get(path)).json()["version"]
    only_labour = {"lines": price(fact)["lines"][:1]}
    answer = await counter.post(f"{path}/estimate", only_labour, version=version)
    assert (answer.status_code, answer.json()["code"]) == (422, "line_not_priced")
    orphan = {"lines": price(fact)["lines"][1:], "not_offered": [{"line_id": str(fact.lines[0].line_id), "reason_code": "x"}]}
    answer = await counter.post(f"{path}/estimate", orphan, version=version)
    assert (answer.status_code, answer.json()["code"]) == (422, "part_without_labour")
    left = only_labour | {"not_offered": [{"line_id": str(fact.lines[1].line_id), "reason_code": "own_part"}]}
    priced = await counter.made(f"{path}/estimate", left, version=version)
    decided = await counter.made(f"{path}/decision", AGREED, version=priced["etag"])
    [said] = await counter.said("supplement_decided", decided["id"])
    assert [decision["decision"] for decision in said["decisions"]] == ["approved", "not_offered"]


async def test_additional_work_after_the_bill_waits_for_the_next_visit(counter: Counter) -> None:
    order = await counter.a_finished_order()
    fact, priced = await a_priced_supplement(counter, order)
    await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"] + 1)
    path = f"/supplements/{fact.about.subject}"
    answer = await counter.post(f"{path}/decision", AGREED, version=priced["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "order_not_in_work")
    withdrawn = await counter.made(f"{path}/withdrawal", version=priced["etag"])
    assert withdrawn["state"] == "withdrawn"
    [item] = await put_off(counter, order["vehicle_id"])
    assert (item["reason_code"], item["description"]) == ("withdrawn", "discs below the limit")


async def test_a_line_that_nobody_began_can_be_taken_back(counter: Counter) -> None:
    """C4, approved then cancelled: the line stays visible with its reason, and is in the work no more."""
    order = await counter.an_authorised_order(labour("brakes"), part("brakes"), labour("wash"))
    brakes, _, wash = (line["id"] for line in order["lines"])
    path = f"/repair-orders/{order['id']}/lines"
    await counter.hear(dispatched(UUID(wash), UUID(order["id"]), 2))
    begun = await counter.post(f"{path}/{wash}/cancellation", {"reason_code": "x"}, version=order["etag"])
    assert (begun.status_code, begun.json()["code"]) == (409, "line_begun")
    now = await counter.made(f"{path}/{brakes}/cancellation", {"reason_code": "changed_mind"}, version=order["etag"])
    assert now["total_fen"] == 24_000
    assert [line["withdrawn_because"] for line in now["lines"]] == ["changed_mind", "changed_mind", None]
    _, work = await counter.said("work_authorised", order["id"])
    assert [line["ro_line_id"] for line in work["lines"]] == [wash]
    last = await counter.post(f"{path}/{wash}/cancellation", {"reason_code": "x"}, version=now["etag"])
    assert last.json()["code"] in ("line_begun", "last_line")
    await counter.hear(completed(UUID(wash), UUID(order["id"])))
    done = (await counter.get(f"/repair-orders/{order['id']}")).json()
    bill = await counter.made(f"/repair-orders/{order['id']}/settlement", version=done["version"])
    assert (done["state"], [invoice["amount_fen"] for invoice in bill["items"]]) == ("work_complete", [24_000])


async def test_a_changed_promise_is_told_and_punctuality_counts_by_the_first(counter: Counter) -> None:
    """R6."""
    order = await counter.an_authorised_order()
    path = f"/repair-orders/{order['id']}/promise"
    later = {"promised_at": "2099-11-22T10:00:00+08:00", "reason_code": "waiting_parts"}
    now = await counter.made(path, later, version=order["etag"])
    assert datetime.fromisoformat(now["promised_at"]) == datetime.fromisoformat(later["promised_at"])
    assert now["first_promised_at"] == order["promised_at"]
    [said] = await counter.said("promise_changed", order["id"])
    assert (said["reason_code"], said["first_promised_at"]) == ("waiting_parts", order["promised_at"])
    work = await counter.said("work_authorised", order["id"])
    assert [each["first_promised_at"] for each in work] == [order["promised_at"]] * 2
    assert work[-1]["promised_at"] == said["promised_at"]
    same = await counter.post(path, later, version=now["etag"])
    assert (same.status_code, same.json()["code"]) == (409, "promise_unchanged")


@pytest.mark.usefixtures("at_noon")
async def test_a_supplement_is_kept_whatever_is_heard_around_it(counter: Counter) -> None:
    """Reliability promise 8."""
    order = await counter.an_authorised_order(labour("brakes"), part("brakes"))
    ro, (brakes, pads) = UUID(order["id"]), [UUID(line["id"]) for line in order["lines"]]
    state = await every_order_leads_to_one_state(
        [proposed(order), dispatched(brakes, ro, 2), issued(pads, ro, 3), completed(brakes, ro, 5)],
        service="reception",
        hears=HEARS,
        database=counter.database,
        metadata=Base.metadata,
        ignoring=["repair_orders.version", "repair_orders.state_seq"],
    )
    [row] = [row for row in state["supplements"] if row["ro_id"] == ro]
    assert (row["state"], len(row["lines"])) == ("proposed", 2)
