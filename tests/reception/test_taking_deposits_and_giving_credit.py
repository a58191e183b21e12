"""Money before the bill, fleets on account with a limit, and what the day brought."""

from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from shared import clock
from tests.databases import as_role
from tests.reception.counter import Counter, Told
from tests.reception.prices import a_listed_operation, listed
from tests.reception.words import NOON, completed, labour, part
from tests.stack import Stack

MERGED_DEBTS: str = import_module("services.reception.migrations.versions.0014_merged_debts").MERGED_DEBTS


async def a_fleet(counter: Counter, **terms: Any) -> Told:
    """A company whose terms the manager agreed."""
    company = await counter.a_customer(kind="company", account_terms=False)
    path = f"/customers/{company['id']}/terms"
    refused = await counter.post(path, {"account_terms": True}, "advisor", version=company["etag"])
    assert refused.status_code == 403, "no advisor gives credit"
    answer = await counter.post(path, {"account_terms": True} | terms, "store_manager", version=company["etag"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def on_account(counter: Counter, fleet: Told) -> tuple[Told, Any]:
    """A bill over 24,000 fen of the fleet, and the answer to putting it on account."""
    order = await counter.a_finished_order(labour("brakes"), customer=fleet)
    [invoice] = (await counter.a_signed_bill(order))["items"]
    body = {"method": "on_account", "amount_fen": 24_000}
    return invoice, await counter.post(f"/invoices/{invoice['id']}/payments", body, version=1)


async def test_a_fleet_owes_no_more_than_its_limit_in_all_stores_together(counter: Counter) -> None:
    """R8: on account with credit control; what is paid or credited makes room again."""
    fleet = await a_fleet(counter, credit_limit_fen=50_000, payment_days=30)
    first, answer = await on_account(counter, fleet)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["on_account_fen"], answer.json()["due_fen"]) == (24_000, 0)
    assert answer.json()["due_on"] is not None
    _, answer = await on_account(counter, fleet)
    assert answer.status_code == 201
    _, answer = await on_account(counter, fleet)
    assert (answer.status_code, answer.json()["code"]) == (409, "credit_limit_exceeded")
    assert answer.json()["parameters"] == {"limit_fen": 50_000, "owed_fen": 48_000, "amount_fen": 24_000}

    await counter.made(f"/invoices/{first['id']}/payments", {"method": "transfer", "amount_fen": 24_000}, version=2)
    _, answer = await on_account(counter, fleet)
    assert answer.status_code == 201, "there is room again"
    owed = (await counter.get("/invoices", customer_id=fleet["id"], on_account="true")).json()["items"]
    assert sum(invoice["on_account_fen"] for invoice in owed) == 48_000
    assert (await counter.get("/invoices", customer_id=fleet["id"], overdue="true")).json()["items"] == []
    with clock.stopped(clock.now() + timedelta(days=32)):
        token = await counter.get("/invoices", customer_id=fleet["id"], overdue="true")
    assert len(token.json()["items"]) == 2


@pytest.mark.parametrize(("agreed", "days"), [({"payment_days": 10}, 10), ({}, 30)])
async def test_the_time_to_pay_begins_with_the_bill(counter: Counter, agreed: Told, days: int) -> None:
    """R8: not with the day on which it is put on account, however often; thirty days where nothing was agreed."""
    fleet = await a_fleet(counter, **agreed)
    order = await counter.a_finished_order(labour("brakes"), customer=fleet)
    [invoice] = (await counter.a_signed_bill(order))["items"]
    issued_on = datetime.fromisoformat(invoice["issued_at"]).astimezone(ZoneInfo("Asia/Shanghai")).date()
    version = 1
    for later in (timedelta(), timedelta(days=5)):
        with clock.stopped(clock.now() + later):
            body = {"method": "on_account", "amount_fen": 12_000}
            booked = await counter.made(f"/invoices/{invoice['id']}/payments", body, version=version)
            version = booked["etag"]
        assert booked["due_on"] == (issued_on + timedelta(days=days)).isoformat()


async def test_two_files_of_one_customer_owe_together(counter: Counter) -> None:
    """R2, R8: the limit of the file that holds counts for both, and what was signed under the other is paid off there."""
    one, other = await a_fleet(counter, credit_limit_fen=90_000), await a_fleet(counter, credit_limit_fen=50_000)
    old, _ = await on_account(counter, one)
    await on_account(counter, other)
    merged = await counter.change(f"/customers/{one['id']}/merge", {"into_customer_id": other["id"]}, "store_manager")
    listed = (await counter.get("/invoices", customer_id=other["id"], on_account="true")).json()["items"]
    assert (len(listed), old["id"] in {each["id"] for each in listed}) == (2, True)
    _, answer = await on_account(counter, merged)
    assert (answer.json()["code"], answer.json()["parameters"]["owed_fen"]) == ("credit_limit_exceeded", 48_000)
    await counter.made(f"/invoices/{old['id']}/payments", {"method": "transfer", "amount_fen": 24_000}, version=2)
    _, answer = await on_account(counter, merged)
    assert answer.status_code == 201, "there is room again"


async def test_debts_of_files_that_were_merged_before_an_upgrade_can_be_paid(counter: Counter, stack: Stack) -> None:
    """R8: the release before left them on the files that were given up, of which one was merged twice."""
    first, second, holds = [await a_fleet(counter, credit_limit_fen=90_000) for _ in range(3)]
    old, _ = await on_account(counter, first)
    await on_account(counter, second)
    await on_account(counter, holds)
    for given_up, into in ((first, second), (second, holds)):
        await counter.change(f"/customers/{given_up['id']}/merge", {"into_customer_id": into["id"]}, "store_manager")
    async with as_role("reception_owner", "reception", stack.settings) as owner:
        for file in (first, second, holds):
            await owner.execute("UPDATE customer_accounts SET owed_fen = 24000 WHERE customer_id = $1", UUID(file["id"]))
        await owner.execute(MERGED_DEBTS)
        owed = {str(row["customer_id"]): row["owed_fen"] for row in await owner.fetch("SELECT * FROM customer_accounts")}
    assert [owed[file["id"]] for file in (first, second, holds)] == [0, 0, 72_000]
    paid = await counter.made(f"/invoices/{old['id']}/payments", {"method": "transfer", "amount_fen": 24_000}, version=2)
    assert paid["open_fen"] == 0


async def test_a_deposit_counts_for_the_bill_and_the_rest_goes_back(counter: Counter) -> None:
    """R8."""
    order = await counter.a_finished_order(labour("brakes"))
    path = f"/repair-orders/{order['id']}"
    deposit = await counter.made(f"{path}/deposits", {"method": "mobile", "amount_fen": 30_000}, version=order["etag"])
    [invoice] = (await counter.a_signed_bill(order))["items"]
    pay = f"/invoices/{invoice['id']}/payments"
    too_much = {"method": "deposit", "amount_fen": 24_000, "deposit_id": deposit["id"]}
    paid = await counter.made(pay, too_much, version=1)
    assert (paid["open_fen"], paid["payments"][0]["method"]) == (0, "deposit")
    left = (await counter.get(f"/deposits/{deposit['id']}")).json()
    assert (left["used_fen"], left["left_fen"]) == (24_000, 6_000)

    back = {"method": "mobile", "amount_fen": 6_000, "reason": "rest of the deposit"}
    where = f"/deposits/{deposit['id']}/refunds"
    refusal = await counter.post(where, back, version=left["version"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed")
    body = back | {"approval_id": await counter.approved(refusal.json())}
    returned = await counter.made(where, body, version=left["version"])
    assert (returned["refunded_fen"], returned["left_fen"]) == (6_000, 0)
    more = await counter.post(where, back, version=returned["etag"])
    assert (more.status_code, more.json()["code"]) == (409, "deposit_too_small")
    late = await counter.post(f"{path}/deposits", {"method": "cash", "amount_fen": 1}, version=order["etag"] + 2)
    assert (late.status_code, late.json()["code"]) == (409, "already_settled")


async def test_what_a_deposit_paid_goes_back_when_the_bill_is_credited(counter: Counter) -> None:
    """R8: a deposit was money; what stands on account was none."""
    order = await counter.a_finished_order(labour("brakes"))
    path = f"/repair-orders/{order['id']}"
    deposit = await counter.made(f"{path}/deposits", {"method": "cash", "amount_fen": 24_000}, version=order["etag"])
    [invoice] = (await counter.a_signed_bill(order))["items"]
    at = f"/invoices/{invoice['id']}"
    used = {"method": "deposit", "amount_fen": 24_000, "deposit_id": deposit["id"]}
    now = await counter.made(f"{at}/payments", used, version=1)
    refunds = f"{at}/payments/{now['payments'][0]['id']}/refunds"
    back = {"method": "cash", "amount_fen": 24_000, "reason": "credited"}
    for step, body in ((f"{at}/credit-notes", {"reason_code": "goodwill"}), (refunds, back)):
        refusal = await counter.post(step, body, version=now["etag"])
        assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), refusal.text
        approval = await counter.approved(refusal.json())
        now = await counter.made(step, body | {"approval_id": approval}, version=now["etag"])
    assert (now["credited_fen"], now["paid_fen"], now["open_fen"], now["overpaid_fen"]) == (24_000, 0, 0, 0)

    invoice, answer = await on_account(counter, await a_fleet(counter, credit_limit_fen=50_000, payment_days=30))
    later = answer.json()
    refunds = f"/invoices/{invoice['id']}/payments/{later['payments'][0]['id']}/refunds"
    answer = await counter.post(refunds, back, version=later["version"])
    assert (answer.status_code, answer.json()["code"]) == (409, "no_money_to_refund")


async def test_nobody_pays_by_somebody_else_s_deposit(counter: Counter) -> None:
    other = await counter.a_check_in()
    deposit = await counter.made(
        f"/repair-orders/{other['id']}/deposits", {"method": "cash", "amount_fen": 30_000}, version=other["etag"]
    )
    order = await counter.a_finished_order(labour("brakes"))
    [invoice] = (await counter.a_signed_bill(order))["items"]
    body = {"method": "deposit", "amount_fen": 24_000, "deposit_id": deposit["id"]}
    answer = await counter.post(f"/invoices/{invoice['id']}/payments", body, version=1)
    assert (answer.status_code, answer.json()["code"]) == (422, "deposit_unknown")
    unnamed = await counter.post(f"/invoices/{invoice['id']}/payments", body | {"deposit_id": None}, version=1)
    assert unnamed.status_code == 422


async def test_the_day_s_record_is_what_the_rows_of_the_day_say(counter: Counter, stack: Stack) -> None:
    """K6: recomputed from raw rows, for a store whose day is not ours; another store's roles see nothing of it."""
    with clock.stopped(NOON + timedelta(days=400, hours=22)):  # the next morning in Shanghai, still this day in New York
        order = await counter.a_finished_order(
            labour("a", op_code="PAINT-DOOR"), part("a"), labour("b", payer="warranty"), store="ny01"
        )
        path = f"/repair-orders/{order['id']}"
        await counter.made(f"{path}/deposits", {"method": "cash", "amount_fen": 7_000}, version=order["etag"], store="ny01")
        bill = await counter.a_signed_bill(order)
        [owed] = [invoice for invoice in bill["items"] if invoice["payer"] == "customer"]
        paid = f"/invoices/{owed['id']}/payments"
        await counter.made(paid, {"method": "cash", "amount_fen": 40_000}, version=1, store="ny01")
        await counter.made(paid, {"method": "card", "amount_fen": 29_500}, version=2, store="ny01")
        await counter.made(f"{path}/delivery", {}, version=bill["etag"], store="ny01")
        on = clock.day_in("America/New_York").isoformat()
        assert on != clock.day_in("Asia/Shanghai").isoformat()
    record = (await counter.get("/stores/ny01/daily-record", "cashier", store="ny01", on=on)).json()
    assert {row["method"]: (row["paid_fen"], row["deposited_fen"]) for row in record["money"]} == {
        "card": (29_500, 0), "cash": (40_000, 7_000),
    }  # fmt: skip
    assert {row["payer"]: row["invoiced_fen"] for row in record["bills"]} == {"customer": 69_500, "warranty": 24_000}
    assert {row["trade"]: (row["sold_hours_milli"], row["amount_fen"]) for row in record["work"]} == {
        "paint": (800, 24_000), "brake": (800, 24_000), "parts": (0, 45_500),
    }  # fmt: skip
    assert record["cars"] == {"checked_in": 1, "settled": 1, "delivered": 1}
    async with as_role("reception_owner", "reception", stack.settings) as owner:
        raw = await owner.fetchval("SELECT sum(amount_fen) FROM payments WHERE store_id = 'ny01'")
    assert raw == sum(row["paid_fen"] for row in record["money"])
    assert (await counter.get("/stores/ny01/daily-record", "cashier", store="sh01", on=on)).status_code == 404
    assert (await counter.get("/stores/ny01/daily-record", "advisor", store="ny01", on=on)).status_code == 403


async def test_the_day_s_work_is_what_was_done_by_the_catalogue_s_trades(counter: Counter) -> None:
    """K6, C4: work that was taken back is no sold hour; who is not in the catalogue counts by the beginning of the code."""
    door = await a_listed_operation(counter, trade="paint")
    with clock.stopped(NOON + timedelta(days=410)):
        order = await counter.an_authorised_order(
            listed(door), labour("b", op_code="BODY-DENT"), listed(door, "c"), store="sh02", promised_at="2099-01-01T00:00:00Z"
        )
        path = f"/repair-orders/{order['id']}"
        done, dent, taken_back = (line["id"] for line in order["lines"])
        body = {"reason_code": "changed_mind"}
        await counter.made(f"{path}/lines/{taken_back}/cancellation", body, version=order["etag"], store="sh02")
        await counter.hear(*(completed(UUID(job), UUID(order["id"]), store="sh02") for job in (done, dent)))
        version = (await counter.get(path, store="sh02")).json()["version"]
        await counter.made(f"{path}/settlement", version=version, store="sh02")
        on = clock.day_in("Asia/Shanghai").isoformat()
    record = (await counter.get("/stores/sh02/daily-record", "cashier", store="sh02", on=on)).json()
    assert {row["trade"]: row["sold_hours_milli"] for row in record["work"]} == {"paint": 800, "body": 800}
