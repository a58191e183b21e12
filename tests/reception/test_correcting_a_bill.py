"""Corrections by credit note only: what is taken back, who is billed instead, what goes back to whom."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Approval
from tests.reception.counter import ON_THE_TABLET, Counter, Told
from tests.reception.test_handing_work_to_others import agency
from tests.reception.words import completed, labour, part
from tests.shared.turnstile import until


async def a_bill(counter: Counter, *lines: Told, **fields: object) -> tuple[Told, dict[str, Told]]:
    """A settled and signed order, and its invoices by payer."""
    order = await counter.a_finished_order(*lines, **fields)
    bill = await counter.a_signed_bill(order)
    return order | {"etag": bill["etag"]}, {invoice["payer"]: invoice for invoice in bill["items"]}


async def credited(counter: Counter, invoice: Told, body: Told) -> Told:
    """Credited as the manager approved."""
    path = f"/invoices/{invoice['id']}/credit-notes"
    refusal = await counter.post(path, body, version=invoice["version"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), refusal.text
    approval = await counter.approved(refusal.json())
    return await counter.made(path, body | {"approval_id": approval}, version=invoice["version"])


async def test_part_of_a_bill_is_taken_back_by_a_credit_note(counter: Counter) -> None:
    """R8: the invoice stays as it was issued; the note has a number of its own; who paid too much gets it back."""
    order, invoices = await a_bill(counter)
    invoice = invoices["customer"]
    paid = await counter.made(f"/invoices/{invoice['id']}/payments", {"method": "card", "amount_fen": 69_500}, version=1)
    [labour_line] = [line["id"] for line in order["lines"] if line["kind"] == "labour"]
    lines = [{"ro_line_id": labour_line, "amount_fen": 4_000}]
    noted = await credited(counter, paid, {"lines": lines, "reason_code": "goodwill"})
    assert (noted["amount_fen"], noted["credited_fen"], noted["open_fen"], noted["overpaid_fen"]) == (69_500, 4_000, 0, 4_000)
    [note] = noted["credit_notes"]
    assert note["credit_note_no"].startswith("SH01-R") and note["lines"] == lines
    [said] = await counter.said("invoice_credited", invoice["id"])
    assert (said["amount_fen"], said["credited_fen"], said["open_fen"]) == (4_000, 4_000, 0)

    [payment] = noted["payments"]
    path = f"/invoices/{invoice['id']}/payments/{payment['id']}/refunds"
    body = {"method": "card", "amount_fen": 4_000, "reason": "credit note"}
    refusal = await counter.post(path, body, version=noted["etag"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed")
    approval = await counter.approved(refusal.json())
    back = await counter.made(path, body | {"approval_id": approval}, version=noted["etag"])
    assert (back["paid_fen"], back["open_fen"], back["overpaid_fen"], back["payments"][0]["refunded_fen"]) == (
        65_500,
        0,
        0,
        4_000,
    )
    [refunded] = await counter.said("payment_refunded", invoice["id"])
    assert (refunded["amount_fen"], refunded["paid_fen"], refunded["open_fen"]) == (4_000, 65_500, 0)


async def test_a_credited_amount_is_billed_to_another_payer(counter: Counter) -> None:
    """R8, C5: the maker does not pay after all; the invoices still add up to the order."""
    order, invoices = await a_bill(counter, labour("brakes"), labour("recall", payer="warranty"))
    noted = await credited(counter, invoices["warranty"], {"reason_code": "claim_rejected", "rebill_to": "internal"})
    assert (noted["credited_fen"], noted["open_fen"], noted["credit_notes"][0]["rebilled_to"]) == (24_000, 0, "internal")
    now = (await counter.get(f"/repair-orders/{order['id']}/invoices")).json()["items"]
    assert {item["payer"]: item["amount_fen"] - item["credited_fen"] for item in now} == {
        "customer": 24_000, "warranty": 0, "internal": 24_000,
    }  # fmt: skip
    [anew] = [item for item in now if item["payer"] == "internal"]
    [said] = await counter.said("invoice_issued", anew["id"])
    assert said["replaces_id"] == invoices["warranty"]["id"]


async def test_what_the_customer_is_billed_after_the_signature_is_signed_for_too(counter: Counter) -> None:
    """R8, C4: and a bill in the customer's favour needs no second signature."""
    order, invoices = await a_bill(counter, labour("brakes"), labour("recall", payer="warranty"))
    at = f"/repair-orders/{order['id']}"
    money = {"method": "card", "amount_fen": 24_000}
    paid = await counter.made(f"/invoices/{invoices['customer']['id']}/payments", money, version=1)
    await credited(counter, paid | {"version": paid["etag"]}, {"reason_code": "goodwill"})
    assert (await counter.get(f"{at}/settlement")).json()["signed_at"] is not None

    await credited(counter, invoices["warranty"], {"reason_code": "claim_rejected", "rebill_to": "customer"})
    now = (await counter.get(f"{at}/settlement")).json()
    assert now["signed_at"] is None
    assert [(payer["payer"], payer["amount_fen"], payer["credited_fen"]) for payer in now["sheet"]["payers"]] == [
        ("customer", 24_000, 24_000), ("warranty", 24_000, 24_000), ("customer", 24_000, 0),
    ]  # fmt: skip
    [anew] = [item for item in (await counter.get(f"{at}/invoices")).json()["items"] if item["open_fen"]]
    await counter.made(f"/invoices/{anew['id']}/payments", money, version=1)
    unsigned = await counter.post(f"{at}/delivery", {}, version=now["version"])
    assert (unsigned.status_code, unsigned.json()["code"]) == (409, "settlement_not_signed")
    signed = await counter.made(f"{at}/settlement-signature", ON_THE_TABLET, version=now["version"])
    await counter.made(f"{at}/delivery", {}, version=signed["etag"])


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        ([{"ro_line_id": "{labour}", "amount_fen": 24_001}], "body.lines.0.amount_fen", "credit_above_invoice"),
        ([{"ro_line_id": str(uuid4()), "amount_fen": 1}], "body.lines.0.ro_line_id", "line_not_invoiced"),
        ([{"ro_line_id": "{labour}", "amount_fen": 0}], "body.lines.0.amount_fen", "greater_than"),
    ],
)
async def test_a_credit_note_that_cannot_be_meant_is_refused(
    counter: Counter, lines: list[Told], field: str, code: str
) -> None:
    order, invoices = await a_bill(counter)
    [labour_line] = [line["id"] for line in order["lines"] if line["kind"] == "labour"]
    wanted = [line | {"ro_line_id": line["ro_line_id"].replace("{labour}", labour_line)} for line in lines]
    path = f"/invoices/{invoices['customer']['id']}/credit-notes"
    answer = await counter.post(path, {"lines": wanted, "reason_code": "typo"}, version=1)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)
    assert (await counter.get(f"/invoices/{invoices['customer']['id']}")).json() == invoices["customer"]


async def test_nothing_is_credited_twice(counter: Counter) -> None:
    _, invoices = await a_bill(counter)
    noted = await credited(counter, invoices["customer"], {"reason_code": "wrong_customer"})
    answer = await counter.post(f"/invoices/{noted['id']}/credit-notes", {"reason_code": "again"}, version=noted["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_credit")


async def test_no_more_goes_back_than_was_paid_and_nobody_approves_their_own_refund(counter: Counter) -> None:
    """C16."""
    _, invoices = await a_bill(counter)
    invoice = invoices["customer"]
    paid = await counter.made(f"/invoices/{invoice['id']}/payments", {"method": "cash", "amount_fen": 10_000}, version=1)
    path = f"/invoices/{invoice['id']}/payments/{paid['payments'][0]['id']}/refunds"
    body = {"method": "cash", "amount_fen": 10_001, "reason": "too much"}
    answer = await counter.post(path, body, version=paid["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "refund_above_payment")

    refusal = (await counter.post(path, body | {"amount_fen": 500}, version=paid["etag"])).json()
    wanted = {name: refusal["parameters"][name] for name in ("kind", "subject_id", "values")}
    asked = await counter.made("/stores/sh01/approvals", wanted | {"reason": "too much"})
    own = await counter.post(f"/approvals/{asked['id']}/decision", {"granted": True}, "store_manager", version=asked["etag"])
    assert (own.status_code, own.json()["code"]) == (409, "approver_is_asker")
    answer = await counter.post(path, body | {"amount_fen": 500, "approval_id": asked["id"]}, version=paid["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "approval_not_granted")

    unknown = f"/invoices/{invoice['id']}/payments/{uuid4()}/refunds"
    answer = await counter.post(unknown, body | {"amount_fen": 500}, version=paid["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "payment_unknown")


async def granted(counter: Counter, path: str, body: Told, version: int) -> Told:
    """The body with the approval that it needs."""
    refusal = await counter.post(path, body, version=version)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), refusal.text
    return body | {"approval_id": await counter.approved(refusal.json())}


async def test_payments_refunds_and_credits_at_once_never_take_more_than_is_there(counter: Counter) -> None:
    """Each names the version it saw, so that one of those who saw the same comes through; the sums hold whoever it is."""
    order, invoices = await a_bill(counter, labour("brakes"), part("brakes"))
    at = f"/invoices/{invoices['customer']['id']}"
    [labour_line] = [line["id"] for line in order["lines"] if line["kind"] == "labour"]
    first = await counter.made(f"{at}/payments", {"method": "cash", "amount_fen": 30_000}, version=1)
    refunds = f"{at}/payments/{first['payments'][0]['id']}/refunds"
    for _ in range(3):
        now = (await counter.get(at)).json()
        seen = now["version"]
        wanted = [(f"{at}/payments", {"method": "cash", "amount_fen": amount}) for amount in (20_000, 39_500)]
        back = {"method": "cash", "amount_fen": 9_000, "reason": "too much"}
        wanted.append((refunds, await granted(counter, refunds, back, seen)))
        less = {"lines": [{"ro_line_id": labour_line, "amount_fen": 7_000}], "reason_code": "goodwill"}
        wanted.append((f"{at}/credit-notes", await granted(counter, f"{at}/credit-notes", less, seen)))
        answers = await asyncio.gather(*(counter.post(path, body, version=seen) for path, body in wanted))
        assert sum(answer.status_code == 201 for answer in answers) == 1
        assert {answer.status_code for answer in answers} <= {201, 409, 412}
        after = (await counter.get(at)).json()
        assert after["paid_fen"] == sum(each["amount_fen"] - each["refunded_fen"] for each in after["payments"])
        assert after["credited_fen"] == sum(note["amount_fen"] for note in after["credit_notes"]) <= 24_000
        assert after["open_fen"] == max(0, 69_500 - after["credited_fen"] - after["paid_fen"])


async def test_a_car_is_handed_over_while_its_bill_is_being_credited(counter: Counter) -> None:
    """Whoever changes a bill holds it and may wait for the order, so that who holds the order does not wait for the bill."""
    order, invoices = await a_bill(counter)
    at = f"/invoices/{invoices['customer']['id']}"
    paid = await counter.made(f"{at}/payments", {"method": "card", "amount_fen": 69_500}, version=1)
    less = await granted(counter, f"{at}/credit-notes", {"reason_code": "goodwill"}, paid["etag"])
    async with counter.database.hearing.begin() as other:
        await other.get_one(Approval, UUID(less["approval_id"]), with_for_update=True)
        crediting = asyncio.create_task(counter.post(f"{at}/credit-notes", less, version=paid["etag"]))
        await until(lambda: somebody_waits_for(other))
        delivered = await counter.post(f"/repair-orders/{order['id']}/delivery", {}, version=order["etag"])
        assert delivered.status_code == 201, delivered.text
    assert (await crediting).status_code == 201


async def somebody_waits_for(holder: AsyncSession) -> bool:
    waiting = text("SELECT count(*) > 0 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
    return bool(await holder.scalar(waiting))


@pytest.mark.parametrize(
    ("kind", "lines", "rebill_to", "code"),
    [
        ("repair", [labour("a"), agency()], "warranty", "payer_not_for_services"),
        ("pdi", [labour("a", payer="internal")], "customer", "payer_not_internal"),
    ],
)
async def test_nobody_is_billed_anew_who_could_not_be_billed_at_first(
    counter: Counter, kind: str, lines: list[Told], rebill_to: str, code: str
) -> None:
    """C5, R12, R15: no claim asks the maker for paperwork, and no customer pays for the house's own work."""
    order = await counter.walked_around(await counter.a_check_in(order_kind=kind))
    path = f"/repair-orders/{order['id']}"
    estimate = await counter.made(f"{path}/estimates", {"lines": lines}, version=order["etag"])
    agreed = {"channel": "internal" if kind == "pdi" else "in_person", "evidence": "stock 77", "authorised_by": "王芳"}
    if kind == "pdi":
        refusal = await counter.post(f"{path}/authorisation", agreed, version=estimate["etag"])
        agreed |= {"approval_id": await counter.approved(refusal.json())}
    order = await counter.made(f"{path}/authorisation", agreed, version=estimate["etag"])
    for line in order["lines"]:
        if line["kind"] == "labour":
            await counter.hear(completed(UUID(line["id"]), UUID(order["id"])))
        else:
            await counter.made(f"{path}/lines/{line['id']}/completion", {"document_no": "P-1"}, version=order["etag"])
    version = (await counter.get(path)).json()["version"]
    [invoice] = (await counter.made(f"{path}/settlement", version=version))["items"]
    body = {"reason_code": "typo", "rebill_to": rebill_to}
    answer = await counter.post(f"/invoices/{invoice['id']}/credit-notes", body, version=invoice["version"])
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text
