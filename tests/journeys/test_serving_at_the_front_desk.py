"""One walk for each demand on reception, through the running services: HTTP at the counters, the broker between them."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from deploy.demo import front_desk
from deploy.demo.people import Person, Refusal
from deploy.demo.stores import staff
from deploy.installation import Services
from shared import clock
from tests.callers import called_by, once, seen
from tests.journeys.desk import CUSTOMER, OFFICE, Desk, Json, labour, open_desk_of, part

STORE = "sh02"
OIL = ("mechanical-oil", "FLT-OIL")
"""A job that no price list knows, and its part, which parts offers."""
desk = open_desk_of(STORE)


async def survey_of(desk: Desk, order: Json) -> Json:
    """As soon as follow-up has heard of the delivery and the survey has opened."""
    caller = desk.store.caller

    async def opened() -> Json | None:
        found = await caller.ask("/surveys", store_id=STORE, ro_id=order["id"], state="open", limit=200)
        return next((survey for survey in found["items"] if survey["ro_id"] == order["id"]), None)

    return dict(await caller.until(f"the survey of {order['id']}", opened))


async def on_the_board(desk: Desk, order: Json) -> list[Json]:
    """The order's jobs on the workshop's board, as soon as there are some."""

    async def shown() -> list[Json]:
        board = await desk.store.dispatcher.ask(f"/stores/{STORE}/board")
        return [job for job in board["jobs"] if job["ro_id"] == order["id"]]

    return list(await desk.store.dispatcher.until(f"{order['id']} on the board", shown))


async def test_an_appointment_takes_hours_of_the_workshop_and_gives_them_back(desk: Desk) -> None:
    """R1, K5: what the workshop offers is heard, held, given away once, and free again when the customer calls off."""
    advisor = desk.store.advisor
    day = (clock.now() + timedelta(days=3)).astimezone(UTC).date()

    async def free() -> Any:
        days = {"from_on": day.isoformat(), "until_on": day.isoformat(), "skill": "mechanical", "bay_group": "lift"}
        found = (await advisor.ask(f"{desk.at}/free-slots", **days))["items"]
        return found[0]["free_hours_milli"] if found else None

    before = await advisor.until("the workshop's hours", free)
    vehicle = await desk.vehicle(await desk.customer())
    at = datetime(day.year, day.month, day.day, 2, tzinfo=UTC).isoformat()
    needs = [{"skill": "mechanical", "bay_group": "lift", "hours_milli": 2_000}]
    wish = {"customer_id": vehicle["customer_id"], "vehicle_id": vehicle["id"], "starts_at": at, "needs": needs}
    held = await advisor.do(f"{desk.at}/appointments", wish)
    path = f"/appointments/{held['id']}"
    assert (held["state"], await free()) == ("held", before - 2_000)
    assert (await advisor.do(f"{path}/confirmation", on=path))["state"] == "confirmed"
    gone = await advisor.do(f"{path}/cancellation", {"reason_code": "ill"}, on=path)
    assert (gone["state"], await free()) == ("cancelled", before)
    with pytest.raises(Refusal, match="illegal_transition"):
        await advisor.do(f"{path}/confirmation", on=path)


async def test_a_returning_customer_is_recognised_at_any_store(desk: Desk, group: Services) -> None:
    """R2: at another store of the group, by the plate; what is missing is asked for."""
    order = await desk.a_car()
    plate = (await desk.order(order))["plate"]
    async with httpx.AsyncClient(timeout=20) as client:
        elsewhere = staff("hz01", group.urls, client).advisor
        [seen] = (await elsewhere.ask("/arrivals", store_id="hz01", plate=plate))["items"]
    assert (seen["returning"], seen["last_odometer_km"]) == (True, 12_000)
    assert seen["customer"]["name"] == "周敏" and "address" in seen["missing"]


async def test_the_request_is_kept_in_the_customer_s_words_and_its_symptoms_reach_the_bench(desk: Desk) -> None:
    """R3, R7: read back and confirmed; the concern travels with the work, the words stay at the desk."""
    order = await desk.a_car()
    path, words = f"/repair-orders/{order['id']}", "下雨天刹车吱吱响"
    symptom = {"concern_code": "brake_noise", "frequency": "often", "occurs": ["braking", "after_rain"]}
    sheet = {"words": words, "symptoms": [symptom], "warning_lamps": ["brake"], "read_back": False}
    with pytest.raises(Refusal, match="not_read_back"):
        await desk.store.advisor.do(f"{path}/inquiry", sheet, on=path)
    await desk.store.advisor.do(f"{path}/inquiry", {**sheet, "read_back": True}, on=path)
    agreed = await desk.agree(order, labour("mechanical-pads", concern_code="brake_noise"))
    [job] = await on_the_board(desk, agreed)
    told = await desk.store.dispatcher.ask(f"/jobs/{job['job_id']}")
    assert "brake_noise" in str(told) and words not in str(told)
    assert (await desk.order(order))["words"] == words


async def test_the_customer_signs_what_was_seen_around_the_car_before_agreeing_to_work(desk: Desk) -> None:
    """R4: no agreement without it; what is disputed is noted for ever; the photo shows the damage."""
    order = await desk.check_in(await desk.vehicle(await desk.customer()))
    with pytest.raises(Refusal, match="walk_around_missing"):
        await desk.agree(order, labour("detailing-wash"))
    path, advisor = f"/repair-orders/{order['id']}", desk.store.advisor
    photo = await advisor.do(f"{path}/photos?panel=rear_bumper", front_desk.scratched_bumper(), on=path)
    sheet = await front_desk.blank_sheet(desk.store, "周敏")
    scratch = {"damage_marks": [{"panel": "rear_bumper", "kind": "scratch"}], "photo_ids": [photo["id"]]}
    await advisor.do(f"{path}/walk-around", sheet | scratch, on=path)
    noted = await advisor.do(f"{path}/dispute-notes", {"words": "来的时候没有划痕"}, on=path)
    assert (len(noted["sheets"]), noted["dispute_notes"][0]["words"]) == (1, "来的时候没有划痕")
    signatures = await advisor.ask(f"{path}/signatures")
    assert ([one["document"] for one in signatures["items"]], signatures["unbroken"]) == (["walk_around"], True)
    assert (await desk.agree(order, labour("detailing-wash")))["state"] == "authorised"


async def test_the_shelf_is_looked_at_while_the_customer_waits_and_reserved_with_the_signature(desk: Desk) -> None:
    """R5, P2: price and stock come from the parts department; looking gives nothing away, the signature does."""
    op_code, part_no = OIL
    advisor, clerk = desk.store.advisor, desk.store.parts_clerk
    [offer] = await advisor.until("the offer", lambda: _stocked(desk, part_no))
    order = await desk.a_car()
    await desk.estimate(order, labour(op_code), part(part_no, op_code, unit_price_fen=offer["list_price_fen"]))
    path = f"/repair-orders/{order['id']}"
    [line] = (await advisor.ask(f"{path}/part-availability"))["items"]
    assert (line["enough"], offer["list_price_fen"]) == (True, 4_500)
    assert await front_desk.as_heard(clerk, f"/part-lines/{line['line_id']}") is None
    signed = {"channel": "in_person", "evidence": "sheet 1", "authorised_by": "周敏"}
    await advisor.do(f"{path}/authorisation", signed, on=path)
    kept = await clerk.until("the reservation", lambda: front_desk.as_heard(clerk, f"/part-lines/{line['line_id']}"))
    assert (kept["state"], kept["quantity_milli"]) == ("reserved", 1_000)


async def _stocked(desk: Desk, part_no: str) -> list[Json]:
    found = (await desk.store.advisor.ask(f"{desk.at}/part-offers", q=part_no))["items"]
    return [offer for offer in found if offer["free_milli"]]


async def test_who_waits_reads_how_far_the_car_is(desk: Desk) -> None:
    """R6, W6: the technician's words come from the workshop; too long a wait is noticed."""
    order = await desk.a_car(waits=True)
    agreed = await desk.agree(order, labour("detailing-wash"))
    await desk.repair(agreed)
    advisor, path = desk.store.advisor, f"/repair-orders/{order['id']}/progress"

    async def ready() -> Json | None:
        told = await advisor.ask(path)
        return dict(told) if told["headline"]["code"] == "ready" else None

    told = await advisor.until("the car to be ready", ready)
    assert told["headline"]["sentences"]["zh-CN"] == "车辆已修好，可以结算。"
    assert any("已更换" in entry["sentences"]["zh-CN"] for entry in told["entries"])
    waiting = (await advisor.ask("/repair-orders", store_id=STORE, waiting_too_long="true", limit=200))["items"]
    assert order["id"] not in {each["id"] for each in waiting}, "nobody has waited for an hour and a half here"


async def test_the_agreed_work_has_a_number_and_stands_on_the_board(desk: Desk) -> None:
    """R7, W1: one card per job, with plate and promise."""
    order = await desk.a_car()
    agreed = await desk.agree(order, labour("mechanical-pads"), labour("detailing-wash"))
    jobs = await on_the_board(desk, agreed)
    assert {job["op_code"] for job in jobs} == {"mechanical-pads", "detailing-wash"}
    assert {job["ro_no"] for job in jobs} == {agreed["ro_no"]} and agreed["ro_no"].startswith("SH02-")
    assert {job["plate"] for job in jobs} == {(await desk.order(order))["plate"]}


async def test_the_bill_is_split_signed_and_paid_in_two_ways(desk: Desk) -> None:
    """R8, C5: one invoice per payer, their sum the order's; the rest is paid before the key goes."""
    order = await desk.a_car()
    shared = [{"payer": "customer", "share_bp": 7_000}, {"payer": "internal", "share_bp": 3_000}]
    agreed = await desk.agree(order, labour("detailing-wash", payers=shared), labour("mechanical-pads"))
    await desk.repair(agreed)
    invoices = {invoice["payer"]: invoice for invoice in await desk.settle(agreed)}
    assert sum(invoice["amount_fen"] for invoice in invoices.values()) == agreed["total_fen"] == 18_000
    own = invoices["customer"]
    assert (own["amount_fen"], own["amount_in_words"]) == (15_300, "壹佰伍拾叁元整")
    await desk.pay(own, "cash", 5_000)
    await desk.sign(order)
    with pytest.raises(Refusal, match="invoice_open"):
        await desk.deliver(order)
    with pytest.raises(Refusal, match="payment_above_open_amount"):
        await desk.pay(own, "mobile", 10_301)
    paid = await desk.pay(own, "mobile", 10_300)
    assert (paid["open_fen"], [payment["method"] for payment in paid["payments"]]) == (0, ["cash", "mobile"])
    assert (await desk.deliver(order))["state"] == "delivered"


async def test_the_key_goes_to_a_delegate_and_follow_up_calls(desk: Desk) -> None:
    """R9, F1: old parts offered, next service told by date and km; the survey opens."""
    order = await desk.a_car()
    agreed = await desk.agree(order, labour("detailing-wash"))
    await desk.bill(agreed)
    delegate = {"handed_to": "周强", "relation": "family", "identity_document": "身份证", "identity_tail": "123X",
                "old_parts": "declined", "washed": True, "covers_removed": True}  # fmt: skip
    with pytest.raises(Refusal, match="pickup_not_signed"):
        await desk.deliver(order, **delegate)
    gone = await desk.deliver(order, **delegate, signature={"signer": "周强", "strokes": front_desk.SIGNATURE})
    assert (gone["handover"]["handed_to"], gone["handover"]["next_service_km"]) == ("周强", 12_003 + 10_000)
    assert (await survey_of(desk, order))["due_at"] is not None


async def test_a_file_is_completed_within_two_days_of_the_visit(desk: Desk) -> None:
    """R10: what is missing stands on a list until it is written down; the car's history is there for all stores."""
    order = await desk.a_car()
    advisor = desk.store.advisor

    async def missing() -> list[str]:
        found = (await advisor.ask("/overdue-files", store_id=STORE, limit=200))["items"]
        return next((list(item["missing"]) for item in found if item["ro_id"] == order["id"]), [])

    assert "address" in await missing()
    customer, car = f"/customers/{order['customer_id']}", f"/vehicles/{order['vehicle_id']}"
    await advisor.do(f"{customer}/details", {"address": "上海市浦东新区", "services_wished": "接送车"}, on=customer)
    assert "address" not in await missing()
    history = (await advisor.ask(f"{car}/history"))["items"]
    assert [visit["ro_id"] for visit in history] == [order["id"]]


async def test_a_call_from_the_road_joins_the_loop(desk: Desk) -> None:
    """R11: help drives out, the car is towed in, and its order is one as any other."""
    customer = await desk.customer()
    vehicle = await desk.vehicle(customer)
    advisor = desk.store.advisor
    told = {"caller_name": "周敏", "caller_phone": "13900139000", "location": "G60 K42", "words": "车抛锚了",
            "customer_id": customer["id"], "vehicle_id": vehicle["id"]}  # fmt: skip
    call = await advisor.do(f"{desk.at}/rescue-calls", told)
    path = f"/rescue-calls/{call['id']}"
    await advisor.do(f"{path}/dispatch", {"responder": "R1"}, on=path)
    await advisor.do(f"{path}/arrival", on=path)
    order = await desk.check_in(vehicle, rescue_call_id=call["id"])
    await front_desk.tow(desk.store, call["id"])
    agreed = await desk.agree(order, labour("mechanical-battery"))
    assert (agreed["order_kind"], agreed["rescue_call_id"]) == ("rescue", call["id"])
    assert len(await on_the_board(desk, agreed)) == 1


async def test_the_house_repairs_its_own_car_and_asks_nobody_how_it_was(desk: Desk) -> None:
    """R12, C13: the manager approves the cost estimate; no invoice of a customer, no survey."""
    advisor, manager = desk.store.advisor, desk.store.desk_manager
    house = await advisor.do(f"{desk.at}/house-customer")
    order = await desk.check_in(await desk.vehicle(house), order_kind="pdi")
    path = f"/repair-orders/{order['id']}"
    await desk.estimate(order, labour("detailing-prepare", payers=[OFFICE]))
    signed = {"channel": "internal", "evidence": "stock 7", "authorised_by": "zhou.min"}
    agreed = await front_desk.approved(advisor, manager, STORE, f"{path}/authorisation", signed, on=path)
    await desk.repair(agreed)
    assert [invoice["payer"] for invoice in await desk.settle(agreed)] == ["internal"]
    gone = await desk.deliver(order)
    assert (gone["state"], gone["order_kind"]) == ("delivered", "pdi")
    later = await desk.a_car()
    await desk.bill(await desk.agree(later, labour("detailing-wash")))
    await desk.deliver(later)
    await survey_of(desk, later)  # facts of one store's queue are heard in turn: the earlier one was heard, too
    found = await desk.store.caller.ask("/surveys", store_id=STORE, limit=200)
    assert order["id"] not in {survey["ro_id"] for survey in found["items"] if survey["state"] == "open"}


async def test_a_member_pays_in_advance_and_gets_back_where_it_came_from(desk: Desk) -> None:
    """R14: stored value, points, a package card and a voucher pay one bill; credited, each has what it gave; the ledger of what
    the house owes its members sums to zero all the while."""
    cashier, manager = desk.store.cashier, desk.store.desk_manager
    order = await desk.a_car()
    member = await cashier.do(f"{desk.at}/members", {"customer_id": order["customer_id"]})
    account, on = f"{desk.at}/members/{member['id']}", f"/members/{member['id']}"
    until = (clock.now() + timedelta(days=90)).isoformat()
    await cashier.do(f"{account}/top-ups", {"method": "mobile", "amount_fen": 50_000}, on=on)
    washes = {"name": "洗车卡", "price_fen": 20_000, "method": "cash", "valid_until": until,
              "lines": [{"op_code": "detailing-wash", "times": 4, "list_price_fen": 9_000}]}  # fmt: skip
    await cashier.do(f"{account}/package-cards", washes, on=on)
    gift = {"face_fen": 1_000, "valid_until": until, "reason": "birthday"}
    await manager.do(f"{account}/vouchers", gift, on=on)
    held = await cashier.ask(on)

    agreed = await desk.agree(order, labour("detailing-wash"), labour("mechanical-pads"))
    await desk.repair(agreed)
    [bill] = await desk.settle(agreed)
    wash = next(line["id"] for line in agreed["lines"] if line["op_code"] == "detailing-wash")
    session = held["packages"][0]["id"]
    path = f"/invoices/{bill['id']}"
    for money in ({"method": "package", "holding_id": session, "ro_line_id": wash},
                  {"method": "voucher", "holding_id": held["vouchers"][0]["id"]},
                  {"method": "stored_value", "amount_fen": 8_000}):  # fmt: skip
        paid = await cashier.do(f"{path}/payments", money, on=path)
    assert (paid["open_fen"], paid["amount_fen"]) == (0, 18_000)
    used = await cashier.ask(on)
    assert (used["principal_fen"], used["points"] > 0) == (42_000, True)

    await front_desk.approved(cashier, manager, STORE, f"{path}/credit-notes", {"reason_code": "goodwill"}, on=path)
    for payment in paid["payments"]:
        back = {"method": payment["method"], "amount_fen": payment["amount_fen"], "reason": "credited"}
        where = f"{path}/payments/{payment['id']}/refunds"
        await front_desk.approved(cashier, manager, STORE, where, back, on=path)
    after = await cashier.ask(on)
    assert {name: after[name] for name in ("principal_fen", "points")} == {"principal_fen": 50_000, "points": 0}
    assert (after["packages"], after["vouchers"]) == (held["packages"], held["vouchers"])
    assert (await manager.ask("/trial-balance", check="true"))["differences"]["count"] == 0


async def test_the_menu_is_public_and_what_stands_on_it_prices_the_work(desk: Desk, group: Services) -> None:
    """R5: anybody reads hours and prices; the advisor names a code, and the lists say the rest; less than the list is a
    discount with a limit, and the manager's word beyond it."""
    advisor, manager = desk.store.advisor, desk.store.desk_manager
    op_code = f"glass-{secrets.token_hex(3)}"
    entry = {"op_code": op_code, "name_zh": "更换前挡风玻璃", "name_en": "Replace windscreen", "trade": "glass",
             "flat_hours": [{"flat_hours_milli": 2_000}, {"model": "S7", "flat_hours_milli": 1_500}]}  # fmt: skip
    group_manager = Person("zhou.group", {"*": ["group_manager"]}, group.urls["reception"], advisor.client)
    await group_manager.do("/operations", entry)
    async with httpx.AsyncClient(timeout=20) as nobody:
        answer = await nobody.get(f"{group.urls['reception']}/stores/{STORE}/menu", params={"trade": "glass"})
    assert answer.status_code == 200, answer.text
    [glass] = [trade for trade in answer.json()["trades"] if trade["trade"] == "glass"]
    [shown] = [operation for operation in glass["operations"] if operation["code"] == op_code]
    prices = {price["model"]: price["price_fen"] for price in shown["prices"]}
    assert prices == {None: 2 * glass["hour_price_fen"], "S7": glass["hour_price_fen"] * 3 // 2}

    order = await desk.a_car()
    path = f"/repair-orders/{order['id']}"
    bare = {"kind": "labour", "ref": "W", "op_code": op_code, "payers": CUSTOMER}
    [line] = (await desk.estimate(order, bare))["lines"]
    assert (line["description"], line["flat_hours_milli"], line["amount_fen"]) == ("更换前挡风玻璃", 1_500, prices["S7"])
    much = {"lines": [bare | {"discount_bp": 2_000}]}
    with pytest.raises(Refusal, match="discount_above_limit") as refused:
        await advisor.do(f"{path}/estimates", much, on=path)
    wanted = {name: refused.value.parameters[name] for name in ("kind", "subject_id", "values")}
    asked = await advisor.do(f"{desk.at}/approvals", {**wanted, "reason": "loyal customer"})
    await manager.do(f"/approvals/{asked['id']}/decision", {"granted": True}, on=f"/approvals/{asked['id']}")
    [line] = (await advisor.do(f"{path}/estimates", {**much, "approval_id": asked["id"]}, on=path))["lines"]
    assert (line["amount_fen"], line["discount_bp"]) == (prices["S7"] * 8 // 10, 2_000)


async def test_paperwork_is_done_for_the_customer_beside_the_repair(desk: Desk) -> None:
    """R15: a fee and what is passed through, a commission that no customer sees; no job, no part; the bill waits for it."""
    advisor, manager = desk.store.advisor, desk.store.desk_manager
    order = await desk.a_car()
    inspection = {"kind": "agency", "service": "annual_inspection", "fee_fen": 10_000, "third_party_fen": 20_000,
                  "commission_fen": 1_500, "payers": CUSTOMER}  # fmt: skip
    agreed = await desk.agree(order, labour("detailing-wash"), inspection)
    assert [job["op_code"] for job in await on_the_board(desk, agreed)] == ["detailing-wash"]
    await desk.repair(agreed)
    path = f"/repair-orders/{order['id']}"
    service = next(line for line in agreed["lines"] if line["kind"] == "agency")
    assert "commission" not in str(agreed) and service["amount_fen"] == 30_000

    async def washed() -> bool:
        lines = {line["id"]: line["stage"] for line in (await desk.order(order))["lines"]}
        return "completed" in lines.values()

    await advisor.until("the wash", washed)
    with pytest.raises(Refusal, match="services_not_finished"):
        await advisor.do(f"{path}/settlement", on=path)
    await advisor.do(f"{path}/lines/{service['id']}/completion", {"document_no": "NJ-2026-7"}, on=path)
    [bill] = await desk.settle(agreed)
    assert bill["amount_fen"] == agreed["total_fen"] == 39_000
    [margin] = (await manager.ask(f"{path}/margins"))["items"]
    assert (margin["fee_fen"], margin["commission_fen"], margin["margin_fen"]) == (10_000, 1_500, 11_500)
    with pytest.raises(Refusal, match="403"):
        await advisor.ask(f"{path}/margins")


async def test_the_advisor_is_told_what_to_say_in_two_languages(desk: Desk) -> None:
    """R13: at each step; a store may put its own in their place."""
    advisor, manager = desk.store.advisor, desk.store.desk_manager
    own = {"farewell": {"zh_cn": ["一路平安！"], "en": ["Safe journey!"]}}
    await manager.do(f"{desk.at}/policies/courtesy_phrases", {"value": own})
    told = (await advisor.ask(f"{desk.at}/phrases"))["items"]
    by_step = {(item["step"], item["language"]): item["phrases"] for item in told}
    assert by_step["farewell", "zh-CN"] == ["一路平安！"] and by_step["farewell", "en"] == ["Safe journey!"]
    assert len(by_step) == 26 and all(by_step.values())


async def test_two_advisors_who_edit_one_estimate_do_not_overwrite_each_other(desk: Desk, group: Services) -> None:
    """R5: both saw the same version; one of them is told that it is stale."""
    order = await desk.a_car()
    url = f"{group.urls['reception']}/repair-orders/{order['id']}/estimates"
    version = (await desk.order(order))["version"]
    async with httpx.AsyncClient(timeout=20) as client:

        async def propose(op_code: str) -> int:
            headers = called_by("advisor", store=STORE) | once() | seen(version)
            return (await client.post(url, json={"lines": [labour(op_code)]}, headers=headers)).status_code

        assert sorted(await asyncio.gather(propose("detailing-wash"), propose("detailing-polish"))) == [201, 412]
