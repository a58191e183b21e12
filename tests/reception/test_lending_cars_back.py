"""A car goes with its customer while its work waits, and comes again (待料-车辆已还)."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.events import About
from shared.events.workshop import SubletPassed, SubletSent
from tests.reception.counter import Counter, Told
from tests.reception.test_calling_work_off import called_off, refused
from tests.reception.test_handing_work_to_others import sublet
from tests.reception.words import NOON, STORE, labour

pytestmark = pytest.mark.usefixtures("at_noon")
LENT = {"reason_code": "wait_parts", "odometer_km": 42_003, "expected_on": "2026-11-30"}


async def _refused(counter: Counter, order: Told, action: str, body: Any) -> str:
    answer = await counter.post(f"/repair-orders/{order['id']}/{action}", body, version=order["etag"])
    assert answer.status_code in (409, 422), answer.text
    return str(answer.json()["code"])


async def test_the_customer_drives_while_the_parts_are_on_their_way(counter: Counter) -> None:
    """W1: the order stays open, the workshop hears that it is away and that it is back; the odometer is read twice."""
    order = await counter.an_authorised_order()
    path = f"/repair-orders/{order['id']}"
    lent = await counter.made(f"{path}/lending", LENT, version=order["etag"])
    assert (lent["state"], lent["lent_at"]) == ("authorised", NOON.isoformat().replace("+00:00", "Z"))
    [told] = await counter.said("vehicle_lent_back", order["id"])
    assert (told["reason_code"], told["expected_on"], told["odometer_km"]) == ("wait_parts", "2026-11-30", 42_003)
    assert await _refused(counter, lent, "lending", LENT) == "car_lent_back"
    assert await _refused(counter, lent, "taking-back", {"odometer_km": 41_000}) == "odometer_runs_backwards"
    back = await counter.made(f"{path}/taking-back", {"odometer_km": 42_350}, version=lent["etag"])
    assert (back["lent_at"], back["vehicle"]["odometer_km"]) == (None, 42_350)
    [told] = await counter.said("vehicle_taken_back", order["id"])
    assert told["odometer_km"] == 42_350
    assert await _refused(counter, back, "taking-back", {"odometer_km": 42_350}) == "car_is_here"
    entries = (await counter.get(f"{path}/progress")).json()["entries"]
    sentences = [entry["sentences"]["zh-CN"] for entry in entries if entry["code"] in ("lent_back", "taken_back")]
    assert len(sentences) == 2 and "2026-11-30" in "".join(sentences) and "42,350" in "".join(sentences)


async def test_it_goes_meanwhile_only_when_work_was_agreed(counter: Counter) -> None:
    order = await counter.walked_around(await counter.a_check_in())
    assert await _refused(counter, order, "lending", LENT) == "order_not_in_work"
    order = await counter.an_authorised_order()
    assert await _refused(counter, order, "lending", LENT | {"expected_on": "2026-11-20"}) == "day_in_the_past"


async def test_an_odometer_that_shows_less_goes_with_a_reason(counter: Counter) -> None:
    """W1, R3: the cluster was replaced while the car was here; the true reading is entered."""
    order = await counter.an_authorised_order()
    replaced = LENT | {"odometer_km": 12}
    assert await _refused(counter, order, "lending", replaced) == "odometer_runs_backwards"
    lent = await counter.made(
        f"/repair-orders/{order['id']}/lending", replaced | {"odometer_reset_reason": "仪表更换"}, version=order["etag"]
    )
    back = {"odometer_km": 48}
    assert (await counter.made(f"/repair-orders/{order['id']}/taking-back", back, version=lent["etag"]))["lent_at"] is None


async def test_a_key_that_the_customer_has_is_not_handed_over(counter: Counter) -> None:
    """W1: first it is taken back, then delivered."""
    order = await counter.a_finished_order()
    path = f"/repair-orders/{order['id']}"
    lent = await counter.made(f"{path}/lending", LENT, version=order["etag"])
    bill = order | await counter.a_signed_bill(lent)
    for owed in bill["items"]:
        money = {"method": "card", "amount_fen": owed["amount_fen"]}
        await counter.made(f"/invoices/{owed['id']}/payments", money, version=owed["version"])
    assert await _refused(counter, bill, "delivery", {}) == "car_lent_back"
    back = await counter.made(f"{path}/taking-back", {"odometer_km": 42_350}, version=bill["etag"])
    assert (await counter.made(f"{path}/delivery", {}, version=back["etag"]))["state"] == "delivered"


async def test_a_car_that_its_customer_keeps_can_be_called_off(counter: Counter) -> None:
    order = await counter.an_authorised_order()
    lent = await counter.made(f"/repair-orders/{order['id']}/lending", LENT, version=order["etag"])
    ended = await called_off(counter, lent, approval_id=await counter.approved(await refused(counter, lent)))
    assert (ended["state"], ended["lent_at"]) == ("cancelled", None)


def _passed(line: Told, order: Told, *, version: int = 6) -> SubletPassed:
    ro = UUID(order["id"])
    return SubletPassed(
        about=About(subject=UUID(line["id"]), version=version, store_id=STORE, correlation=ro), ro_id=ro, vendor="浦东轮毂修复",
        cost_fen=21_500, document_no="PD-118", inspector="xu.lan", rework_no=0, passed_at=NOON,
    )  # fmt: skip


async def test_what_a_firm_has_is_not_taken_back(counter: Counter) -> None:
    """C3: as work that has begun; the customer reads where it is."""
    order = await counter.an_authorised_order(labour("a"), sublet())
    _, wheel = order["lines"]
    ro = UUID(order["id"])
    away = SubletSent(
        about=About(subject=UUID(wheel["id"]), version=4, store_id=STORE, correlation=ro), ro_id=ro, op_code="WHEEL-STRAIGHTEN",
        vendor="浦东轮毂修复", cost_fen=20_000, due_at=NOON, takes_car=True, sent_at=NOON,
    )  # fmt: skip
    await counter.hear(away)
    now = (await counter.get(f"/repair-orders/{order['id']}")).json()
    assert [line["stage"] for line in now["lines"]] == [None, "sent_out"]
    body, path = {"reason_code": "too_expensive"}, f"lines/{wheel['id']}/cancellation"
    assert await _refused(counter, now | {"etag": now["version"]}, path, body) == "line_begun"
    entries = (await counter.get(f"/repair-orders/{order['id']}/progress")).json()["entries"]
    assert "轮毂整形：已送专业厂家加工。" in [entry["sentences"]["zh-CN"] for entry in entries]


async def test_the_line_is_done_when_the_firm_s_work_passed_its_check(counter: Counter) -> None:
    """R8, R15: with what the firm billed; nobody at the front desk has to say so, and whoever said so before is not
    overruled."""
    order = await counter.an_authorised_order(sublet())
    [wheel] = order["lines"]
    await counter.hear(_passed(wheel, order))
    await counter.hear(_passed(wheel, order, version=7))
    now = (await counter.get(f"/repair-orders/{order['id']}")).json()
    assert (now["state"], now["lines"][0]["document_no"]) == ("work_complete", "PD-118")
    margins = (await counter.get(f"/repair-orders/{order['id']}/margins", "store_manager")).json()["items"]
    assert [each["cost_fen"] for each in margins] == [21_500]
    assert len(await counter.said("work_authorised", order["id"])) == 2
    unknown = wheel | {"id": str(uuid4())}
    await counter.hear(_passed(unknown, order), _passed(wheel, order | {"id": str(uuid4())}, version=8))
