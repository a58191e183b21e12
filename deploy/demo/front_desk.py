"""What happens at the front desk besides the ordinary visit: appointments, rescues, fleets, more work, corrected bills."""

import io
from datetime import timedelta
from typing import Any

from PIL import Image, ImageDraw

from deploy.demo.floor import bay_for
from deploy.demo.people import Json, Person, Refusal
from deploy.demo.plan import EXTRA, PACKAGE, PARTS, Car
from deploy.demo.stores import GRID, Store
from shared import clock

SIGNATURE = "M 10 40 L 25 12 L 40 40 M 16 28 L 34 28"
"""What everybody draws on the tablet."""
WIPERS = "wipers"
"""Where the inspection finds something."""
OFFICIAL = {"channel": "phone", "evidence": "recorded call"}


async def approved(asker: Person, manager: Person, store: str, path: str, body: Json, *, on: str) -> Any:
    """Do what two people must agree to: ask, let the manager grant it, do it."""
    try:
        return await asker.do(path, body, on=on)
    except Refusal as refused:
        if refused.code not in ("approval_needed", "discount_above_limit"):
            raise
        wanted = {name: refused.parameters[name] for name in ("kind", "subject_id", "values")}
    asked = await asker.do(f"/stores/{store}/approvals", {**wanted, "reason": "as agreed with the customer"})
    at = f"/approvals/{asked['id']}"
    await manager.do(f"{at}/decision", {"granted": True}, on=at)
    return await asker.do(path, {**body, "approval_id": asked["id"]}, on=on)


async def as_heard(person: Person, path: str) -> Any:
    """What is there; None while the service has not heard of it."""
    try:
        return await person.ask(path)
    except Refusal as refused:
        if refused.code == "not_found":
            return None
        raise


async def agree_fleet_terms(store: Store, customer: str) -> None:
    """A company may owe up to a million fen for thirty days."""
    terms = {"account_terms": True, "credit_limit_fen": 1_000_000, "payment_days": 30}
    await store.desk_manager.do(f"/customers/{customer}/terms", terms, on=f"/customers/{customer}")


async def book(store: Store, car: Car, customer: str, vehicle: str) -> str:
    """Held on the phone, confirmed by message; some customers move it once.  The appointment's id."""
    needs = [
        {"skill": trade, "bay_group": bay_for(trade), "hours_milli": hours_milli}
        for trade, hours_milli in car.hours_milli.items()
    ]
    wish = {"customer_id": customer, "vehicle_id": vehicle, "starts_at": _next(1), "needs": needs, "words": car.words,
            "channel": "wechat"}  # fmt: skip
    # reception may not have heard of the workshop's capacity yet
    held = await store.advisor.until(f"an appointment for car {car.number}", lambda: _held(store, wish))
    at = f"/appointments/{held['id']}"
    await store.advisor.do(f"{at}/confirmation", on=at)
    if car.number % 4 == 0:
        await store.advisor.do(f"{at}/rescheduling", {"starts_at": _next(2), "reason_code": "customer"}, on=at)
    return str(held["id"])


async def _held(store: Store, wish: dict[str, Any]) -> Any:
    try:
        return await store.advisor.do(f"/stores/{store.code}/appointments", wish)
    except Refusal as refused:
        if refused.code == "no_capacity":
            return None
        raise


def _next(steps: int) -> str:
    """A moment of the grid that is still to come."""
    now = clock.now() + timedelta(minutes=1)
    at = now - timedelta(minutes=now.minute % GRID, seconds=now.second, microseconds=now.microsecond)
    return (at + timedelta(minutes=GRID * steps)).isoformat()


async def rescue(store: Store, car: Car, customer: str, vehicle: str) -> str:
    """A call from the road; help drives out and is there.  The call's id."""
    call = await store.advisor.do(
        f"/stores/{store.code}/rescue-calls",
        {"caller_name": car.customer, "caller_phone": car.phone, "location": "沪昆高速 K42 应急车道", "words": car.words,
         "customer_id": customer, "vehicle_id": vehicle},
    )  # fmt: skip
    at = f"/rescue-calls/{call['id']}"
    await store.advisor.do(f"{at}/dispatch", {"responder": "R1", "tow_partner": "畅通拖车"}, on=at)
    await store.advisor.do(f"{at}/arrival", on=at)
    return str(call["id"])


async def tow(store: Store, call: str) -> None:
    """The car is brought in."""
    at = f"/rescue-calls/{call}"
    await store.advisor.do(f"{at}/outcome", {"outcome": "towed", "tow_cost_fen": 30_000}, on=at)


async def walk_around(store: Store, car: Car, order: str) -> int:
    """Around the car with the customer, who signs what was seen; where there is damage, with a photo.  How many photos."""
    at, advisor, sheet = f"/repair-orders/{order}", store.advisor, await blank_sheet(store, car.customer)
    if car.damaged:
        photo = await advisor.do(f"{at}/photos?panel=rear_bumper", scratched_bumper(), on=at)
        scratch = {"panel": "rear_bumper", "kind": "scratch", "left_bp": 3_000, "top_bp": 6_000}
        sheet |= {"damage_marks": [scratch], "photo_ids": [photo["id"]]}
    await advisor.do(f"{at}/walk-around", sheet, on=at)
    return int(car.damaged)


async def blank_sheet(store: Store, customer: str) -> dict[str, Any]:
    """The store's walk-around sheet where everything is as it should be, signed by the customer."""
    terms = {item["name"]: item["terms"] for item in (await store.advisor.ask(f"/stores/{store.code}/terms"))["items"]}
    return {
        "checks": [{"code": code, "result": "ok"} for code in terms["walk_around"]["checks"]], "fuel_bp": 5_000,
        "belongings": ["雨伞"], "valuables_reminded": True, "covers_fitted": True,
        "signature": {"signer": customer, "strokes": SIGNATURE},
    }  # fmt: skip


def scratched_bumper() -> bytes:
    """What the advisor's camera sees: a silver bumper and a dark scratch on it (JPEG)."""
    picture = Image.new("RGB", (640, 480), "silver")
    ImageDraw.Draw(picture).line([(190, 280), (260, 300), (330, 290)], fill="dimgray", width=6)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def streaked_windscreen() -> bytes:
    """What the technician's phone sees: streaks on glass (JPEG)."""
    picture = Image.new("RGB", (640, 480), "lightsteelblue")
    for left in range(80, 600, 90):
        ImageDraw.Draw(picture).arc([(left - 60, 60), (left + 240, 460)], 180, 260, fill="white", width=5)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return file.getvalue()


def lines_of(car: Car) -> list[dict[str, Any]]:
    """What the car's estimate asks for; names, hours and prices of operations are the lists'."""
    lines: list[dict[str, Any]] = []
    for number, work in enumerate(car.works):
        operation, payers = work.operation, work.payers
        if number == 0 and car.packaged:
            lines.append({"kind": "package", "package_code": PACKAGE, "concern_code": operation.concern, "payers": payers})
            continue
        lines.append(
            {"kind": "labour", "ref": f"L{number}", "op_code": operation.op_code, "concern_code": operation.concern,
             "payers": payers, "deductible_fen": work.deductible_fen,
             "discount_bp": 1_500 if number == 0 and car.discounted else None}
        )  # fmt: skip
        lines += [
            {"kind": "part", "labour_line_ref": f"L{number}", "part_no": part_no, "description": PARTS[part_no].name_zh,
             "quantity_milli": quantity, "unit_price_fen": PARTS[part_no].price_fen, "payers": payers}
            for part_no, quantity in operation.parts
        ]  # fmt: skip
    if car.sublet:
        lines.append(
            {"kind": "sublet", "op_code": "body-wheel-straighten", "description": "轮毂整形", "vendor": "轮毂修复中心",
             "cost_fen": 20_000, "unit_price_fen": 32_000, "payers": CUSTOMER}
        )  # fmt: skip
    if car.agency:
        lines.append(
            {"kind": "agency", "service": "annual_inspection", "fee_fen": 10_000, "third_party_fen": 20_000,
             "commission_fen": 2_000, "payers": CUSTOMER}
        )  # fmt: skip
    return lines


async def estimate(store: Store, car: Car, order: str) -> Any:
    """Priced by the lists; a manager grants what the advisor may not give alone."""
    at, body = f"/repair-orders/{order}", {"lines": lines_of(car)}

    async def drawn_up() -> Any:
        try:
            return await approved(store.advisor, store.desk_manager, store.code, f"{at}/estimates", body, on=at)
        except Refusal as refused:
            if refused.code == "package_not_priceable":
                return None  # reception may not have heard of the parts' prices yet
            raise

    return await store.advisor.until(f"the estimate of car {car.number}", drawn_up)


async def complete_services(store: Store, order: str) -> tuple[str, ...]:
    """The other firm straightens the wheel, the inspection gives its certificate; the kinds of what was done."""
    at = f"/repair-orders/{order}"
    services = [line for line in (await store.advisor.ask(at))["lines"] if line["kind"] in ("sublet", "agency")]
    for line in services:
        if line["kind"] == "sublet":
            await _at_another_firm(store, str(line["id"]))
        else:
            await store.advisor.do(f"{at}/lines/{line['id']}/completion", {"document_no": f"D-{line['id'][-6:]}"}, on=at)
    return tuple(str(line["kind"]) for line in services)


async def _at_another_firm(store: Store, line: str) -> None:
    """The car is driven there and fetched; somebody who did not deal with the firm checks its work."""
    at = f"/sublets/{line}"
    await store.dispatcher.until(f"sublet work {line}", lambda: as_heard(store.dispatcher, at))
    due_at = (clock.now() + timedelta(hours=2)).isoformat()
    sent = {"vendor": "轮毂修复中心", "cost_fen": 20_000, "due_at": due_at}
    await store.dispatcher.do(f"{at}/sending", sent, on=at)
    await store.dispatcher.do(f"{at}/return", {"document_no": f"D-{line[-6:]}", "cost_fen": 21_000}, on=at)
    await store.inspector.do(f"{at}/inspections", {"result": "passed"}, on=at)


async def lend_back(store: Store, order: str, odometer_km: int) -> None:
    """The customer drives while parts are on their way."""
    at = f"/repair-orders/{order}"
    await store.advisor.do(f"{at}/lending", {"reason_code": "wait_parts", "odometer_km": odometer_km}, on=at)


async def take_back(store: Store, order: str, odometer_km: int) -> None:
    """The car is here again."""
    at = f"/repair-orders/{order}"
    await store.advisor.do(f"{at}/taking-back", {"odometer_km": odometer_km}, on=at)


async def find_more(technician: Person, job: str) -> str:
    """The technician inspects the car at work point by point, writes for the front desk what was found, and proposes what is
    not sound; the supplement's id."""
    sheet = await technician.do(f"/jobs/{job}/sheets", on=f"/jobs/{job}")
    at = f"/sheets/{sheet['id']}"
    answers = [
        {"point": point["point"], "colour": "green", "value": point["yellow_below"] or point["yellow_above"]}
        for point in sheet["findings"]
        if point["point"] != WIPERS
    ]
    smears = {"point": WIPERS, "colour": "yellow", "remark": "雨刮器刮水不净"}
    await technician.do(f"{at}/photos?point={WIPERS}", streaked_windscreen(), on=at)
    await technician.do(f"{at}/answers", {"answers": [*answers, smears]}, on=at)
    await technician.do(f"{at}/completion", on=at)
    note = {"stage": "before", "words": "全车检查完毕：雨刮器刮水不净，建议更换，其余正常"}
    await technician.do(f"/jobs/{job}/notes", note, on=f"/jobs/{job}")
    chosen = {"point": WIPERS, "op_code": EXTRA.op_code, "flat_hours_milli": EXTRA.flat_hours_milli, "parts": [],
              "concern_code": EXTRA.concern}  # fmt: skip
    told = await technician.do(f"{at}/supplement", {"findings": [chosen]}, on=at)
    return str(told["id"])


async def decide_more(store: Store, car: Car, order: str, supplement: str) -> str | None:
    """The advisor prices it, the customer decides by phone; the new job's id, None when it was declined."""
    at, advisor = f"/supplements/{supplement}", store.advisor
    proposed = await advisor.until(f"supplement {supplement}", lambda: as_heard(advisor, at))
    [line] = [line["line_id"] for line in proposed["lines"]]
    price = {"line_id": line, "description": EXTRA.name, "unit_price_fen": 18_000, "payers": CUSTOMER}
    await advisor.do(f"{at}/estimate", {"lines": [price]}, on=at)
    decision = {**OFFICIAL, "authorised_by": car.customer}
    if car.supplement == "declined":
        no = {"line_id": line, "decision": "declined", "reason_code": "next_time"}
        await advisor.do(f"{at}/decision", {**decision, "decisions": [no]}, on=at)
        return None
    await approved(advisor, store.desk_manager, store.code, f"{at}/decision", decision, on=at)
    lines = (await advisor.ask(f"/repair-orders/{order}"))["lines"]
    return next(str(line["id"]) for line in lines if line["supplement_id"] == supplement)


CUSTOMER = [{"payer": "customer", "share_bp": 10_000}]


async def give_credit(store: Store, order: str) -> None:
    """Part of the customer's bill is taken back; who paid in money gets it back."""
    invoices = (await store.cashier.ask(f"/repair-orders/{order}/invoices"))["items"]
    invoice = next(one for one in invoices if one["payer"] == "customer")
    at = f"/invoices/{invoice['id']}"
    line = next(one for one in invoice["lines"] if one["amount_fen"] > 1_000)
    body = {"lines": [{"ro_line_id": line["ro_line_id"], "amount_fen": 1_000}], "reason_code": "goodwill"}
    credited = await approved(store.cashier, store.desk_manager, store.code, f"{at}/credit-notes", body, on=at)
    if credited["overpaid_fen"]:
        payment = max(credited["payments"], key=lambda one: int(one["amount_fen"]))
        back = {"method": payment["method"], "amount_fen": credited["overpaid_fen"], "reason": "credit note"}
        path = f"{at}/payments/{payment['id']}/refunds"
        await approved(store.cashier, store.desk_manager, store.code, path, back, on=at)


async def pay_as_member(store: Store, invoice: Json) -> int:
    """The customer joins, pays in advance, gets a voucher and pays by both, the rest in cash; how many payments brought no
    money."""
    at, bill = f"/stores/{store.code}/members", f"/invoices/{invoice['id']}"
    member = await store.cashier.do(at, {"customer_id": invoice["customer_id"]})
    account, on = f"{at}/{member['id']}", f"/members/{member['id']}"
    prepaid = min(20_000, invoice["amount_fen"] // 2)
    await store.cashier.do(f"{account}/top-ups", {"method": "mobile", "amount_fen": prepaid}, on=on)
    until = (clock.now() + timedelta(days=90)).isoformat()
    gift = {"face_fen": 500, "valid_until": until, "reason": "welcome"}
    given = await store.desk_manager.do(f"{account}/vouchers", gift, on=on)
    used: list[Json] = [
        {"method": "voucher", "holding_id": given["vouchers"][0]["id"]},
        {"method": "stored_value", "amount_fen": prepaid},
    ]
    for money in used:
        paid = await store.cashier.do(f"{bill}/payments", money, on=bill)
    await store.cashier.do(f"{bill}/payments", {"method": "cash", "amount_fen": paid["open_fen"]}, on=bill)
    return len(used)


async def trial_balance(store: Store) -> bool:
    """Whether everything that the store's members hold, paid by and got back agrees with the ledger."""
    return bool((await store.desk_manager.ask("/trial-balance", check="true"))["differences"]["count"] == 0)
