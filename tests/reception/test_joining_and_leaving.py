"""R14: memberships begin once per customer, follow merged files, lose what expires, and end without losing money."""

from datetime import timedelta

from services.reception.queries.ledger import differences
from shared import clock
from shared.identity import issue_token
from tests.reception import members
from tests.reception.appointments import fall_due
from tests.reception.counter import Counter, Told
from tests.reception.members import NEVER, a_bill, a_member, approved, does, goes_back, now, pays, tries
from tests.reception.words import labour
from tests.shared.turnstile import until


async def merge(counter: Counter, given_up: Told, into: Told) -> None:
    await counter.change(f"/customers/{given_up['id']}/merge", {"into_customer_id": into["id"]}, "store_manager")


async def test_a_customer_is_a_member_once(counter: Counter) -> None:
    """R14: found by customer or number, from every store of the group."""
    member = await a_member(counter)
    again = await counter.post("/stores/sh01/members", {"customer_id": member["customer_id"]})
    assert (again.status_code, again.json()["code"]) == (409, "member_already")
    assert again.json()["parameters"]["member_id"] == member["id"]
    nobody = await counter.post("/stores/sh01/members", {"customer_id": member["id"]})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "customer_unknown")
    assert member["member_no"].startswith("SH01-M")
    for query in ({"customer_id": member["customer_id"]}, {"member_no": member["member_no"]}):
        found = (await counter.get("/members", "cashier", store="ny01", **query)).json()["items"]
        assert [each["id"] for each in found] == [member["id"]]
    everybody = await counter.get("/members")
    assert (everybody.status_code, everybody.json()["code"]) == (422, "filter_missing")


async def test_the_workshop_hears_the_tier_with_the_agreed_work(counter: Counter) -> None:
    """R14, W2: of who is a member when the car comes, also under a file that was merged since; of nobody else."""
    first = await counter.a_customer()
    await counter.made("/stores/sh01/members", {"customer_id": first["id"], "tier": "vip"})
    theirs = await counter.an_authorised_order(labour("brakes"), customer=first)
    plain = await counter.an_authorised_order(labour("brakes"))
    told = [(await counter.said("work_authorised", order["id"]))[0]["member_tier"] for order in (theirs, plain)]
    assert told == ["vip", None]


async def test_who_may_do_what_with_members(counter: Counter) -> None:
    """R14: advisors and cashiers let customers join, only cashiers take money and sell, managers give vouchers; nobody acts
    for a store that is not theirs."""
    customer = await counter.a_customer()
    joined = await counter.post("/stores/sh01/members", {"customer_id": customer["id"]}, "advisor")
    assert joined.status_code == 201
    member = joined.json() | {"customer": customer}
    path = f"/stores/sh01/members/{member['id']}"
    voucher = {"face_fen": 100, "valid_until": NEVER, "reason": "x"}
    assert (await counter.post(f"{path}/vouchers", voucher, "cashier", version=1)).status_code == 403
    money = {"method": "cash", "amount_fen": 100}
    card = {"name": "洗车卡", "price_fen": 100, "method": "cash", "valid_until": NEVER,
            "lines": [{"op_code": "wash", "times": 1, "list_price_fen": 100}]}  # fmt: skip
    for role in ("technician", "advisor", "store_manager"):
        assert (await counter.post(f"{path}/top-ups", money, role, version=1)).status_code == 403
        assert (await counter.post(f"{path}/package-cards", card, role, version=1)).status_code == 403
    assert (await counter.get(f"/members/{member['id']}", "advisor")).status_code == 200
    assert (await counter.post(f"{path}/top-ups", money, "cashier", store="ny01", version=1)).status_code == 404
    assert (await counter.post(f"{path}/top-ups", money)).status_code == 428
    assert (await counter.post(f"{path}/top-ups", money, version=2)).status_code == 412
    done = await counter.made(f"/stores/ny01/members/{member['id']}/top-ups", money, version=1, store="ny01")
    assert (done["principal_fen"], done["etag"]) == (100, 2)


async def test_no_more_than_the_law_allows_stands_on_a_card(counter: Counter) -> None:
    """R14: 5,000 yuan for a card in its owner's name, and no policy allows more."""
    member = await a_member(counter, top_up=400_000)
    answer = await members.asks(counter, member, "top-ups", {"method": "cash", "amount_fen": 100_001})
    assert (answer.status_code, answer.json()["code"]) == (409, "stored_value_above_cap")
    assert answer.json()["parameters"] == {"cap_fen": 500_000, "held_fen": 400_000, "amount_fen": 100_001, "bonus_fen": 0}
    full = await does(counter, member, "top-ups", {"method": "cash", "amount_fen": 100_000})
    assert full["principal_fen"] == 500_000
    lax = {"value": {"stored_value_cap_fen": 500_001}}
    answer = await counter.post("/stores/sh01/policies/membership", lax, "store_manager")
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "value", "stored_value_cap_fen"])


async def test_of_two_files_of_one_customer_one_membership_stays_and_holds_what_both_held(counter: Counter) -> None:
    """R14, R2: whatever was paid from the other one goes back to where it is now."""
    kept, twin = await a_member(counter, top_up=5_000), await a_member(counter, top_up=10_000, voucher={"face_fen": 100})
    bill = await a_bill(counter, twin["customer"])
    paid = await pays(counter, bill, method="stored_value", amount_fen=4_000)
    await merge(counter, twin["customer"], kept["customer"])
    held = await now(counter, kept)
    assert (held["principal_fen"], len(held["vouchers"])) == (11_000, 1)
    gone = await now(counter, twin)
    assert (gone["principal_fen"], gone["merged_into"]) == (0, kept["id"])
    late = await members.asks(counter, twin, "top-ups", {"method": "cash", "amount_fen": 1})
    assert (late.status_code, late.json()["code"]) == (409, "membership_ended")
    await goes_back(counter, bill, paid["payments"][0], 1_000)
    paid = await pays(counter, bill, method="stored_value", amount_fen=12_000)
    assert (await now(counter, kept))["principal_fen"] == 0, "a bill of the given-up file is the same customer's"
    kinds = [item["kind"] for item in (await counter.get(f"/members/{kept['id']}/statement")).json()["items"]]
    assert kinds == ["redemption", "give_back", "redemption", "voucher_issue", "top_up", "top_up"]


async def test_a_membership_goes_with_the_file_that_was_given_up(counter: Counter) -> None:
    """R14, R2."""
    member, customer = await a_member(counter, top_up=5_000), await counter.a_customer()
    await merge(counter, member["customer"], customer)
    assert (await now(counter, member))["customer_id"] == customer["id"]
    bill = await a_bill(counter, customer)
    assert (await pays(counter, bill, method="stored_value", amount_fen=5_000))["paid_fen"] == 5_000


async def test_what_expires_is_the_house_s_and_paid_in_value_never_does(counter: Counter) -> None:
    """R14: points, bonuses, cards and vouchers lapse into breakage, once, in the store where they were given."""
    start = clock.now() + timedelta(days=2_000)
    with clock.stopped(start):
        await counter.made_policy("membership", {"bonus_bp": 1_000, "bonus_days": 30, "points_days": 10}, store="hz01")
        until_day = (start + timedelta(days=20)).isoformat()
        lines = [{"op_code": "wash", "times": 3, "list_price_fen": 5_000}]
        member = await a_member(
            counter, store="hz01", top_up=10_000, package={"lines": lines, "valid_until": until_day},
            voucher={"face_fen": 700, "valid_until": (start + timedelta(days=15)).isoformat()},
        )  # fmt: skip
        bill = await a_bill(counter, member["customer"], store="hz01")
        await pays(counter, bill, store="hz01", method="cash", amount_fen=24_000)
        held = await now(counter, member)
        assert (held["points"], held["bonus_fen"], held["packages"][0]["left"]) == (240, 1_000, 3)

    async def breakage() -> dict[str, int]:
        trial = (await counter.get("/trial-balance", "store_manager", store="hz01")).json()
        return {row["unit"]: row["balance"] for row in trial["items"] if row["account"] == "breakage"}

    for days, lapsed in (
        (10, {"points": 240}),
        (15, {"points": 240, "vouchers": 1}),
        (20, {"points": 240, "vouchers": 1, "sessions": 3, "fen": 10_000}),
        (30, {"points": 240, "vouchers": 1, "sessions": 3, "fen": 11_000}),
        (3_000, {"points": 240, "vouchers": 1, "sessions": 3, "fen": 11_000}),
    ):
        with clock.stopped(start + timedelta(days=days)):

            async def lapsed_so_far(expected: dict[str, int] = lapsed) -> bool:
                await fall_due(counter, "expire_holdings")
                return await breakage() == expected

            await until(lapsed_so_far)
    held = await now(counter, member)
    assert (held["principal_fen"], held["bonus_fen"], held["points"], held["packages"], held["vouchers"]) == (
        10_000, 0, 0, [], [],
    )  # fmt: skip


async def test_nobody_leaves_money_behind(counter: Counter) -> None:
    """R14: paid-in value is used or refunded before a membership ends; what was given is given up."""
    member = await a_member(counter, top_up=1_000, voucher={"face_fen": 100})
    answer = await members.asks(counter, member, "ending", {"reason": "moves away"})
    assert (answer.status_code, answer.json()["code"], answer.json()["parameters"]) == (409, "money_held", {"held_fen": 1_000})
    bill = await a_bill(counter, member["customer"], labour("brakes"))
    paid = await pays(counter, bill, method="stored_value", amount_fen=1_000)
    gift = (await now(counter, member))["vouchers"][0]["id"]
    used = await pays(counter, bill, method="voucher", holding_id=gift)
    gone = await does(counter, member, "ending", {"reason": "moves away"})
    assert (gone["vouchers"], gone["ended_at"] is not None) == ([], True)
    late = await members.asks(counter, member, "top-ups", {"method": "cash", "amount_fen": 100})
    assert (late.status_code, late.json()["code"]) == (409, "membership_ended")
    answer = await tries(counter, bill, method="stored_value", amount_fen=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_a_member")
    anew = await a_member(counter, member["customer"])
    assert anew["id"] != member["id"]

    await goes_back(counter, bill, paid["payments"][0], 1_000)
    await goes_back(counter, bill, used["payments"][1], 100)
    back = await now(counter, member)
    assert (back["principal_fen"], back["vouchers"]) == (1_000, []), "money that comes back later is not lost"
    refund = {"method": "cash", "amount_fen": 1_000, "reason": "left"}
    refusal = await members.asks(counter, member, "refunds", refund)
    done = await does(counter, member, "refunds", refund | {"approval_id": await counter.approved(refusal.json())})
    assert done["principal_fen"] == 0


async def test_points_that_come_back_after_their_bill_was_credited_can_lapse(counter: Counter) -> None:
    """R14: they make up for what is short, which the statement shows; the membership can end and what expires can lapse."""
    member = await a_member(counter)
    bill, other = [await a_bill(counter, member["customer"]) for _ in range(2)]
    await pays(counter, bill, method="cash", amount_fen=24_000)
    paid = await pays(counter, other, method="points", amount_fen=240)
    before = await now(counter, member)
    await approved(counter, f"/invoices/{bill['id']}", "credit-notes", {"reason_code": "goodwill"})
    held = await now(counter, member)
    assert (held["points"], held["points_short"], held["version"] > before["version"]) == (0, 240, True)
    [newest, *_] = (await counter.get(f"/members/{member['id']}/statement")).json()["items"]
    assert (newest["kind"], newest["short"]) == ("points_taken_back", 240)
    assert [(leg["account"], leg["amount"]) for leg in newest["legs"]] == [("points_short", -240), ("points_expense", 240)]
    await goes_back(counter, other, paid["payments"][0], 240)
    held = await now(counter, member)
    assert (held["points"], held["points_short"]) == (0, 0)
    async with counter.database.hearing.begin() as session:
        assert await differences(session) == []
    with clock.stopped(clock.now() + timedelta(days=400)):
        await fall_due(counter, "expire_holdings")
    assert (await does(counter, member, "ending", {"reason": "moves away"}))["ended_at"] is not None


async def test_only_payments_bring_the_first_points_and_nothing_what_was_paid_before_joining(counter: Counter) -> None:
    """R14: a customer pays, joins, and then gets a credit note, a refund, and pays again what went back."""
    customer = await counter.a_customer()
    bill, other = [await a_bill(counter, customer) for _ in range(2)]
    paid = await pays(counter, bill, method="cash", amount_fen=24_000)
    await pays(counter, other, method="cash", amount_fen=10_000)
    member = await a_member(counter, customer)
    credit = {"reason_code": "goodwill", "lines": [{"ro_line_id": bill["lines"][0]["ro_line_id"], "amount_fen": 100}]}
    await approved(counter, f"/invoices/{bill['id']}", "credit-notes", credit)
    await goes_back(counter, bill, paid["payments"][0], 200)
    await pays(counter, bill, method="cash", amount_fen=100)
    rest = {"reason_code": "goodwill", "lines": [{"ro_line_id": other["lines"][0]["ro_line_id"], "amount_fen": 14_000}]}
    await approved(counter, f"/invoices/{other['id']}", "credit-notes", rest)
    assert (await now(counter, member))["points"] == 0
    third = await a_bill(counter, customer)
    await pays(counter, third, method="cash", amount_fen=24_000)
    assert (await now(counter, member))["points"] == 240


async def test_a_membership_that_ends_is_settled_both_ways(counter: Counter) -> None:
    """R14: why it ended and who said so is kept; points that are short are booked off to the house, in the statement."""
    plain = await does(counter, await a_member(counter), "ending", {"reason": "moves to another town"})
    assert (plain["end_reason"], plain["ended_by"]) == ("moves to another town", "user:lin.wei")
    assert (await counter.get(f"/members/{plain['id']}/statement")).json()["items"] == []
    member = await a_member(counter)
    bill, other = [await a_bill(counter, member["customer"]) for _ in range(2)]
    await pays(counter, bill, method="cash", amount_fen=24_000)
    used = await pays(counter, other, method="points", amount_fen=240)
    await approved(counter, f"/invoices/{bill['id']}", "credit-notes", {"reason_code": "goodwill"})
    gone = await does(counter, member, "ending", {"reason": "sold the car"})
    assert (gone["points_short"], gone["end_reason"]) == (0, "sold the car")
    [newest, *_] = (await counter.get(f"/members/{member['id']}/statement")).json()["items"]
    assert (newest["kind"], newest["reason"]) == ("ending", "sold the car")
    assert [(leg["account"], leg["amount"]) for leg in newest["legs"]] == [("points_expense", -240), ("points_short", 240)]
    anew = await a_member(counter, member["customer"])
    await goes_back(counter, other, used["payments"][0], 240)
    assert {(await now(counter, each))["points"] for each in (member, anew)} == {0}
    async with counter.database.hearing.begin() as session:
        assert await differences(session) == []


async def test_a_store_does_not_read_another_one_s_words_in_a_member_s_statement(counter: Counter) -> None:
    """R14, R2: what moved is the member's and seen everywhere; why, by whom and under which number is the store's."""
    member = await a_member(counter, voucher={"face_fen": 100})
    money = {"method": "cash", "amount_fen": 100, "reference": "slip 4711"}
    await does(counter, member, "top-ups", money, store="ny01")

    async def words(*stores: str) -> list[tuple[str, str | None, str | None, str | None]]:
        headers = {"Authorization": f"Bearer {issue_token('lin.wei', {store: ['cashier'] for store in stores})}"}
        answer = await counter.client.get(f"/members/{member['id']}/statement", headers=headers)
        return [(item["kind"], item["reason"], item["reference"], item["actor"]) for item in answer.json()["items"]]

    here, there = ("voucher_issue", "birthday", None, "user:lin.wei"), ("top_up", None, "slip 4711", "user:lin.wei")
    assert await words("sh01") == [("top_up", None, None, None), here]
    assert await words("ny01") == [there, ("voucher_issue", None, None, None)]
    assert await words("sh01", "ny01") == await words("*") == [there, here]
