"""R14: points, stored value, package cards and vouchers pay bills and go back to where they came from."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.reception.domain import Member
from services.reception.handlers.ledger import book, movement
from services.reception.handlers.members import open_purse
from services.reception.queries.ledger import differences
from shared import clock
from shared.cause import Cause, bound
from tests.callers import called_by, seen
from tests.reception import members
from tests.reception.counter import Counter, Told
from tests.reception.members import NEVER, a_bill, a_member, approved, does, goes_back, now, pays, tries
from tests.reception.words import labour, part


async def everything_agrees(counter: Counter) -> None:
    """All balances are the sums of their legs, and all units of all stores sum to zero."""
    async with counter.database.hearing.begin() as session:
        assert await differences(session) == []
    trial = (await counter.get("/trial-balance", "group_manager", store="*")).json()
    assert trial["items"] != []
    assert set(trial["sums"].values()) == {0}


def paid_by(invoice: Told, method: str) -> Told:
    [payment] = [payment for payment in invoice["payments"] if payment["method"] == method]
    return dict(payment)


async def test_a_member_s_bill_is_paid_by_all_that_the_member_holds_and_credited_again(counter: Counter) -> None:
    """R14: top up, service, points and voucher and stored value and cash, credit note, refund; the ledger sums to zero."""
    await counter.made_policy("membership", {"bonus_bp": 1_000, "point_worth_fen": 10, "points_per_yuan": 2})
    member = await a_member(counter, top_up=20_000, voucher={"face_fen": 3_000})
    customer = member["customer"]
    assert (member["principal_fen"], member["bonus_fen"], member["points"]) == (20_000, 2_000, 0)

    first = await a_bill(counter, customer)
    half = await pays(counter, first, method="cash", amount_fen=12_000)
    assert (half["open_fen"], (await now(counter, member))["points"]) == (12_000, 0), "points come when all is paid"
    await pays(counter, first, method="card", amount_fen=12_000)
    assert (await now(counter, member))["points"] == 480

    bill = await a_bill(counter, customer, labour("brakes"), part("brakes"))
    assert bill["amount_fen"] == 69_500
    voucher = (await now(counter, member))["vouchers"][0]["id"]
    paid = await pays(counter, bill, method="voucher", holding_id=voucher)
    assert paid["open_fen"] == 66_500
    await pays(counter, bill, method="points", amount_fen=1_500)
    await pays(counter, bill, method="stored_value", amount_fen=21_000)
    paid = await pays(counter, bill, method="cash", amount_fen=44_000)
    assert (paid["open_fen"], paid["paid_fen"]) == (0, 69_500)
    held = await now(counter, member)
    assert (held["principal_fen"], held["bonus_fen"], held["vouchers"]) == (0, 1_000, [])
    assert held["points"] == 480 - 150 + (21_000 + 44_000) * 2 // 100, "nothing is earned by points and vouchers"

    await approved(counter, f"/invoices/{bill['id']}", "credit-notes", {"reason_code": "goodwill"})
    assert (await now(counter, member))["points"] == 330, "what the bill had brought is taken back"
    await goes_back(counter, bill, paid_by(paid, "cash"), 44_000)
    await goes_back(counter, bill, paid_by(paid, "stored_value"), 500)
    held = await now(counter, member)
    assert (held["principal_fen"], held["bonus_fen"]) == (0, 1_500), "what was taken last goes back first"
    await goes_back(counter, bill, paid_by(paid, "stored_value"), 20_500)
    await goes_back(counter, bill, paid_by(paid, "points"), 1_500)
    done = await goes_back(counter, bill, paid_by(paid, "voucher"), 3_000)
    assert (done["paid_fen"], done["open_fen"], done["overpaid_fen"]) == (0, 0, 0)
    held = await now(counter, member)
    assert (held["principal_fen"], held["bonus_fen"], held["points"]) == (20_000, 2_000, 480)
    assert [each["id"] for each in held["vouchers"]] == [voucher], "a voucher that is still valid can be used again"

    account = f"/stores/sh01/members/{member['id']}"
    body = {"method": "mobile", "amount_fen": 20_000, "reason": "moves away"}
    refusal = await counter.post(f"{account}/refunds", body, version=held["version"])
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed")
    assert refusal.json()["parameters"]["kind"] == "stored_value_refund"
    body = body | {"approval_id": await counter.approved(refusal.json())}
    left = await counter.made(f"{account}/refunds", body, version=held["version"])
    assert (left["principal_fen"], left["bonus_fen"]) == (0, 0), "the bonus is lost"
    again = await counter.post(f"{account}/refunds", body, version=left["version"])
    assert (again.status_code, again.json()["code"]) == (409, "balance_too_small")
    await everything_agrees(counter)
    await counter.made_policy("membership", {})

    said = await counter.said("liability_moved", member["id"])
    assert [fact["kind"] for fact in said] == [
        "top_up", "voucher_issue", "points_earned", "redemption", "redemption", "redemption", "points_earned",
        "points_taken_back", "give_back", "give_back", "give_back", "give_back", "refund",
    ]  # fmt: skip
    assert all(sum(leg["amount"] for leg in fact["legs"] if leg["unit"] == "fen") == 0 for fact in said)
    listed = (await counter.get(f"/members/{member['id']}/statement", limit=200)).json()["items"]
    assert [item["kind"] for item in reversed(listed)] == [fact["kind"] for fact in said]


async def test_a_session_of_a_card_pays_its_labour_line_whatever_that_costs(counter: Counter) -> None:
    """R14: once per line, for the operation that the card is for; what it stands for is its share of the price."""
    lines = [{"op_code": "brakes", "times": 3, "list_price_fen": 20_000}]
    member = await a_member(counter, package={"price_fen": 40_000, "lines": lines})
    [card] = member["packages"]
    assert (card["left"], card["worth_fen"]) == (3, 40_000)
    job, other = labour("brakes", op_code="brakes"), labour("oil", op_code="oil")
    bill = await a_bill(counter, member["customer"], job, other)
    order = (await counter.get(f"/repair-orders/{bill['ro_id']}")).json()
    ids = {line["op_code"]: line["id"] for line in order["lines"]}
    use = {"method": "package", "holding_id": card["id"]}
    wrong = await tries(counter, bill, **use, ro_line_id=ids["oil"])
    assert (wrong.status_code, wrong.json()["code"]) == (422, "session_for_other_work")
    nowhere = await tries(counter, bill, **use, ro_line_id=str(uuid4()))
    assert (nowhere.status_code, nowhere.json()["code"]) == (422, "line_not_invoiced")
    less = await tries(counter, bill, **use, ro_line_id=ids["brakes"], amount_fen=1)
    assert (less.status_code, less.json()["code"]) == (422, "amount_differs")
    paid = await pays(counter, bill, **use, ro_line_id=ids["brakes"])
    assert (paid["open_fen"], paid["payments"][0]["amount_fen"]) == (24_000, 24_000)
    [left] = (await now(counter, member))["packages"]
    assert (left["left"], left["worth_fen"]) == (2, 26_666)
    twice = await tries(counter, bill, **use, ro_line_id=ids["brakes"])
    assert (twice.status_code, twice.json()["code"]) == (409, "line_paid_by_package")

    body = {"method": "package", "amount_fen": 10_000, "reason": "part"}
    version = (await counter.get(f"/invoices/{bill['id']}")).json()["version"]
    refunds = f"/invoices/{bill['id']}/payments/{paid['payments'][0]['id']}/refunds"
    refusal = await counter.post(refunds, body, version=version)
    approval = await counter.approved(refusal.json())
    partly = await counter.post(refunds, body | {"approval_id": approval}, version=version)
    assert (partly.status_code, partly.json()["code"]) == (409, "goes_back_whole")
    await goes_back(counter, bill, paid["payments"][0], 24_000)
    [left] = (await now(counter, member))["packages"]
    assert (left["left"], left["worth_fen"]) == (3, 40_000)
    await pays(counter, bill, **use, ro_line_id=ids["brakes"])

    card_path, body = f"package-cards/{card['card_id']}/refund", {"method": "card", "reason": "sells the car"}
    done = await approved_for(counter, member, card_path, body)
    assert done["packages"] == []
    used_up = await members.asks(counter, member, card_path, body)
    assert (used_up.status_code, used_up.json()["code"]) == (409, "package_not_usable")
    unknown = await members.asks(counter, member, f"package-cards/{uuid4()}/refund", body)
    assert unknown.status_code == 404
    await everything_agrees(counter)


async def approved_for(counter: Counter, member: Told, what: str, body: Told) -> Told:
    """Something of a member that the manager must approve first."""
    refusal = await members.asks(counter, member, what, body)
    assert (refusal.status_code, refusal.json()["code"]) == (409, "approval_needed"), refusal.text
    return await does(counter, member, what, body | {"approval_id": await counter.approved(refusal.json())})


async def test_vouchers_pay_within_their_terms_only(counter: Counter) -> None:
    """R14: a cap, a least bill, from when, until when, once."""
    member = await a_member(counter, voucher={"discount_bp": 2_000, "cap_fen": 3_000, "min_spend_fen": 24_001})
    [percent] = member["vouchers"]
    bill = await a_bill(counter, member["customer"])
    small = await tries(counter, bill, method="voucher", holding_id=percent["id"])
    assert (small.status_code, small.json()["code"]) == (409, "below_min_spend")
    large = await a_bill(counter, member["customer"], labour("brakes"), part("brakes"))
    assert (await pays(counter, large, method="voucher", holding_id=percent["id"]))["paid_fen"] == 3_000, "the cap"
    again = await tries(counter, large, method="voucher", holding_id=percent["id"])
    assert (again.status_code, again.json()["code"]) == (409, "voucher_not_usable")

    later = {"face_fen": 500, "valid_from": (clock.now() + timedelta(days=1)).isoformat(), "valid_until": NEVER, "reason": "x"}
    soon = (await does(counter, member, "vouchers", later))["vouchers"][-1]
    early = await tries(counter, bill, method="voucher", holding_id=soon["id"])
    assert (early.status_code, early.json()["code"]) == (409, "voucher_not_usable")
    brief = {"face_fen": 500, "valid_until": (clock.now() + timedelta(days=2)).isoformat(), "reason": "x"}
    given = (await does(counter, member, "vouchers", brief))["vouchers"]
    gone = next(each for each in given if each["id"] not in (percent["id"], soon["id"]))
    with clock.stopped(clock.now() + timedelta(days=2, seconds=1)):
        over = await tries(counter, bill, method="voucher", holding_id=gone["id"])
        assert (over.status_code, over.json()["code"]) == (409, "voucher_not_usable")
    past = await members.asks(counter, member, "vouchers", brief | {"valid_until": "2020-01-01T00:00:00+08:00"})
    assert (past.status_code, past.json()["code"]) == (422, "valid_until_over")


async def test_nobody_pays_by_what_is_somebody_else_s_unless_it_may_be_given_away(counter: Counter) -> None:
    """R14: another customer's card is one that does not exist."""
    lines = [{"op_code": "brakes", "times": 1, "list_price_fen": 20_000}]
    other = await a_member(
        counter, top_up=10_000, package={"lines": lines}, voucher={"face_fen": 1_000, "min_spend_fen": 900_000}
    )
    customer = await counter.a_customer()
    bill = await a_bill(counter, customer, labour("brakes", op_code="brakes"))
    for method in ("stored_value", "points"):
        none = await tries(counter, bill, method=method, amount_fen=100)
        assert (none.status_code, none.json()["code"]) == (409, "not_a_member")
    own = await a_member(counter, customer, top_up=1_000)
    line = (await counter.get(f"/repair-orders/{bill['ro_id']}")).json()["lines"][0]["id"]
    for held, more in ((other["packages"][0], {"ro_line_id": line}), (other["vouchers"][0], {})):
        method = "package" if more else "voucher"
        foreign = await tries(counter, bill, method=method, holding_id=held["id"], **more)
        unknown = await tries(counter, bill, method=method, holding_id=str(uuid4()), **more)
        assert (foreign.status_code, foreign.json()["code"]) == (422, "holding_unknown")
        assert foreign.json()["errors"] == unknown.json()["errors"]
    wrong = await tries(counter, bill, method="package", holding_id=other["packages"][0]["id"], ro_line_id=str(uuid4()))
    assert (wrong.status_code, wrong.json()["errors"]) == (422, unknown.json()["errors"]), "whose it is is asked first"

    gift = {"face_fen": 700, "valid_until": NEVER, "transferable": True, "reason": "brings a friend"}
    given = (await does(counter, other, "vouchers", gift))["vouchers"]
    gift_id = next(each["id"] for each in given if each["transferable"])
    paid = await pays(counter, bill, method="voucher", holding_id=gift_id)
    assert paid["paid_fen"] == 700
    await pays(counter, bill, method="cash", amount_fen=paid["open_fen"])
    assert (await now(counter, own))["points"] == 233, "whose bill it is earns the points"
    await goes_back(counter, bill, paid_by(paid, "voucher"), 700)
    assert gift_id in [each["id"] for each in (await now(counter, other))["vouchers"]]
    await everything_agrees(counter)


async def test_bad_requests_move_nothing(counter: Counter) -> None:
    """R14: more than is open or held, another payer's bill, money back by another way."""
    member = await a_member(counter, top_up=10_000)
    bill = await a_bill(counter, member["customer"])
    above = await tries(counter, bill, method="stored_value", amount_fen=24_001)
    assert (above.status_code, above.json()["code"]) == (409, "payment_above_open_amount")
    empty = await tries(counter, bill, method="stored_value", amount_fen=10_001)
    assert (empty.status_code, empty.json()["code"], empty.json()["parameters"]) == (
        409, "balance_too_small", {"left": 10_000, "wanted": 10_001},
    )  # fmt: skip
    for wrong in (
        {"method": "stored_value"},
        {"method": "voucher", "amount_fen": 1},
        {"method": "cash", "amount_fen": 1, "holding_id": str(uuid4())},
        {"method": "package", "holding_id": str(uuid4())},
        {"method": "points", "amount_fen": 1, "ro_line_id": str(uuid4())},
    ):
        assert (await tries(counter, bill, **wrong)).status_code == 422
    warranty = await counter.a_finished_order(labour("brakes", payer="warranty"), customer=member["customer"])
    [theirs] = (await counter.a_signed_bill(warranty))["items"]
    answer = await tries(counter, theirs, method="stored_value", amount_fen=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "payer_is_no_member")

    paid = await pays(counter, bill, method="stored_value", amount_fen=10_000)
    paid = await pays(counter, bill, method="cash", amount_fen=14_000)
    for payment, method in ((paid_by(paid, "stored_value"), "cash"), (paid_by(paid, "cash"), "stored_value")):
        body = {"method": method, "amount_fen": 100, "reason": "x"}
        path = f"/invoices/{bill['id']}/payments/{payment['id']}/refunds"
        answer = await counter.post(path, body, version=paid["version"])
        assert (answer.status_code, answer.json()["code"]) == (422, "refund_method")
    order = await counter.a_check_in(customer=member["customer"])
    where = f"/repair-orders/{order['id']}/deposits"
    deposit = await counter.made(where, {"method": "cash", "amount_fen": 500}, version=order["etag"])
    body = {"method": "stored_value", "amount_fen": 500, "reason": "x"}
    answer = await counter.post(f"/deposits/{deposit['id']}/refunds", body, version=deposit["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "refund_method"), "a deposit is money"
    held = await now(counter, member)
    assert (held["principal_fen"], held["points"]) == (0, 240)
    await everything_agrees(counter)


async def test_a_repeated_request_takes_once(counter: Counter) -> None:
    """R14: the same Idempotency-Key never takes twice."""
    member = await a_member(counter, top_up=10_000)
    bill = await a_bill(counter, member["customer"])
    headers = called_by("cashier") | {"Idempotency-Key": str(uuid4())} | seen(bill["version"])
    body = {"method": "stored_value", "amount_fen": 4_000}
    answers = [await counter.client.post(f"/invoices/{bill['id']}/payments", json=body, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert (await now(counter, member))["principal_fen"] == 6_000


async def test_the_day_s_record_counts_what_members_pay_in_as_money_and_what_they_use_as_none(counter: Counter) -> None:
    """R14, K6."""
    before = (await counter.get("/trial-balance", "store_manager", store="hz01")).json()["owed"]
    with clock.stopped(clock.now() + timedelta(days=900)):
        on = clock.day_in("Asia/Shanghai").isoformat()
        member = await a_member(counter, store="hz01", top_up=10_000, voucher={"face_fen": 500})
        bill = await a_bill(counter, member["customer"], store="hz01")
        await pays(counter, bill, store="hz01", method="voucher", holding_id=member["vouchers"][0]["id"])
        await pays(counter, bill, store="hz01", method="stored_value", amount_fen=6_000)
        paid = await pays(counter, bill, store="hz01", method="card", amount_fen=17_500)
        await goes_back(counter, bill, paid_by(paid, "stored_value"), 1_000, store="hz01")
        body = {"method": "mobile", "amount_fen": 2_000, "reason": "as wished"}
        await approved_at(counter, member, body)
    record = (await counter.get("/stores/hz01/daily-record", "cashier", store="hz01", on=on)).json()
    assert record["money"] == [
        {"method": "card", "paid_fen": 17_500, "deposited_fen": 0, "paid_in_fen": 0, "refunded_fen": 0},
        {"method": "mobile", "paid_fen": 0, "deposited_fen": 0, "paid_in_fen": 10_000, "refunded_fen": 2_000},
    ]
    assert record["redeemed"] == [
        {"method": "stored_value", "redeemed_fen": 6_000, "given_back_fen": 1_000},
        {"method": "voucher", "redeemed_fen": 500, "given_back_fen": 0},
    ]
    trial = (await counter.get("/trial-balance", "store_manager", store="hz01")).json()
    assert {row["store_id"] for row in trial["items"]} == {"hz01"}
    assert trial["owed"]["principal fen"] - before.get("principal fen", 0) == 10_000 - 6_000 + 1_000 - 2_000
    assert trial["owed"]["voucher vouchers"] == before.get("voucher vouchers", 0)
    assert set(trial["sums"].values()) == {0}
    assert (await counter.get("/trial-balance", "cashier", store="hz01")).status_code == 403


async def approved_at(counter: Counter, member: Told, body: Told) -> None:
    refusal = await members.asks(counter, member, "refunds", body, store="hz01")
    approval = await counter.approved(refusal.json(), store="hz01")
    await does(counter, member, "refunds", body | {"approval_id": approval}, store="hz01")


@pytest.mark.parametrize("broken", ["leg", "alone"])
async def test_the_database_takes_no_transfer_that_does_not_sum_to_zero(counter: Counter, broken: str) -> None:
    """R14: at the end of the transaction, whatever program writes it."""
    member = await a_member(counter, top_up=10_000)
    async with counter.database.hearing() as session:
        id = uuid4()
        transfer = text(
            "INSERT INTO transfers (id, cause_id, store_id, member_id, kind, short, actor, moved_at)"
            " VALUES (:id, :id, 'sh01', :member, 'top_up', 0, 'x', now())"
        )
        await session.execute(transfer, {"id": id, "member": UUID(member["id"])})
        if broken == "leg":
            leg = text("INSERT INTO transfer_legs VALUES (:id, :seq, :id, 'cash_received', :unit, :amount, NULL)")
            for seq, (unit, amount) in enumerate([("fen", 5), ("points", -5)]):
                await session.execute(leg, {"id": id, "seq": seq, "unit": unit, "amount": amount})
        with pytest.raises(Exception, match="do not sum to zero"):
            await session.commit()


async def test_whatever_does_not_agree_with_its_legs_is_found(counter: Counter) -> None:
    """R14: a changed holding, a changed balance, points short of which nothing tells, a payment that nothing was taken for."""
    member = await a_member(counter, top_up=10_000)
    bill = await a_bill(counter, member["customer"])
    paid = await pays(counter, bill, method="stored_value", amount_fen=4_000)
    breaking = {
        "holding": "UPDATE holdings SET balance = balance - 1 WHERE member_id = :member",
        "short": "UPDATE members SET points_short = 1 WHERE id = :member",
        "balance": "UPDATE ledger_balances SET balance = balance + 1 WHERE store_id = 'sh01' AND account = 'redeemed'",
        "payment": "UPDATE payments SET refunded_fen = 1 WHERE id = :payment",
    }
    ids = {"member": UUID(member["id"]), "payment": UUID(paid["payments"][0]["id"])}
    for what, statement in breaking.items():
        async with counter.database.hearing() as session:
            named = {name: id for name, id in ids.items() if f":{name}" in statement}
            await session.execute(text(statement), named)
            assert what in {each["what"] for each in await differences(session)}
            await session.rollback()


async def test_movements_that_undo_each_other_in_one_transaction_move_no_balance(counter: Counter) -> None:
    """R14: what is booked and booked back at once leaves every account as it was."""
    member = await a_member(counter, top_up=100)
    async with counter.database.hearing.begin() as session:
        with bound(Cause(uuid4(), "user:lin.wei", ("sh01",))):
            purse = await open_purse(await session.get_one(Member, UUID(member["id"])), session)
            for there, back in (("points_expense", "points_short"), ("points_short", "points_expense")):
                transfer = movement("points_earned", "sh01", purse.member)
                transfer.between(there, back, "points", 5)
                assert await book(purse, transfer, session)
    assert len((await counter.get(f"/members/{member['id']}/statement")).json()["items"]) == 3
    await everything_agrees(counter)


async def test_managers_see_in_the_trial_balance_whether_everything_agrees(counter: Counter) -> None:
    """R14: when they ask for it; a store's manager sees the own store's differences, the group's manager all."""
    member = await a_member(counter, top_up=100)
    here = await a_member(counter, store="ny01")
    await does(counter, here, "top-ups", {"method": "cash", "amount_fen": 100}, store="ny01")

    async def differing(store: str, **query: str) -> Told:
        role = "group_manager" if store == "*" else "store_manager"
        answer = await counter.get("/trial-balance", role, store=store, **({"check": "true"} | query))
        return dict(answer.json()["differences"])

    assert (await counter.get("/trial-balance", "store_manager")).json()["differences"] is None, "it reads everything"
    for store in ("sh01", "ny01", "*"):
        assert await differing(store) == {"count": 0, "items": []}
    spoil = text("UPDATE holdings SET balance = balance + :more WHERE member_id = :member AND kind = 'principal'")
    async with counter.database.hearing.begin() as session:
        await session.execute(spoil, {"more": -1, "member": UUID(member["id"])})
        [wrong] = await differences(session)
    seen_by = {store: await differing(store) for store in ("sh01", "ny01", "*")}
    only = await differing("*", store_id="ny01")
    async with counter.database.hearing.begin() as session:
        await session.execute(spoil, {"more": 1, "member": UUID(member["id"])})
    assert seen_by["sh01"] == seen_by["*"] == {"count": 1, "items": [wrong]}
    assert (wrong["what"], wrong["store_id"]) == ("holding", "sh01")
    assert seen_by["ny01"] == only == {"count": 0, "items": []}
