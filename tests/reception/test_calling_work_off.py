"""The car goes home without the work (C3)."""

from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from shared import clock
from tests.reception.appointments import agree, capacity, free, wish
from tests.reception.counter import Counter, Told
from tests.reception.test_deciding_line_by_line import AGREED, agreed, an_estimate, put_off
from tests.reception.words import a_walk_around, an_inquiry, dispatched, issued, labour, part, set_back

BECAUSE = {"reason_code": "too_expensive"}
BRAKES = labour("brakes", op_code="BRAKES")


async def called_off(counter: Counter, order: Told, **more: Any) -> Told:
    return await counter.made(f"/repair-orders/{order['id']}/cancellation", BECAUSE | more, version=order["etag"])


async def refused(counter: Counter, order: Told, **more: Any) -> Told:
    answer = await counter.post(f"/repair-orders/{order['id']}/cancellation", BECAUSE | more, version=order["etag"])
    assert answer.status_code == 409, answer.text
    return dict(answer.json())


async def test_a_customer_who_finds_it_too_expensive_takes_the_car_home(counter: Counter) -> None:
    """R5: nothing was agreed, so nobody has to approve; what was proposed is remembered for the next visit."""
    order, estimate = await an_estimate(counter, labour("brakes"), part("brakes"), waits=True)
    gone = await called_off(counter, estimate | {"id": order["id"]})
    assert (gone["state"], gone["ro_no"], gone["waits"], gone["long_wait_at"]) == ("cancelled", None, False, None)
    [said] = await counter.said("repair_order_cancelled", order["id"])
    assert (said["reason_code"], said["ro_no"]) == ("too_expensive", None)
    assert await counter.said("work_authorised", order["id"]) == []
    [item] = await put_off(counter, order["vehicle_id"])
    assert (item["decision"], item["reason_code"], item["amount_fen"]) == ("declined", "too_expensive", estimate["total_fen"])
    told = (await counter.get(f"/repair-orders/{order['id']}/progress")).json()
    assert told["headline"]["sentences"]["zh-CN"] == "本次维修已取消。"
    listed = (await counter.get("/repair-orders", state="cancelled", limit=200)).json()["items"]
    assert order["id"] in {each["id"] for each in listed}
    visits = (await counter.get(f"/vehicles/{order['vehicle_id']}/history")).json()["items"]
    assert [(visit["state"], visit["work"]) for visit in visits] == [("cancelled", [])]


async def test_agreed_work_is_called_off_with_the_managers_word(counter: Counter) -> None:
    """C3: parts, workshop and claims hear that no line holds any more."""
    order = await counter.an_authorised_order()
    wanted = await refused(counter, order)
    assert wanted["code"] == "approval_needed"
    gone = await called_off(counter, order, approval_id=await counter.approved(wanted))
    assert [bool(line["withdrawn_at"]) for line in gone["lines"]] == [True, True]
    assert (gone["state"], gone["ro_no"], gone["total_fen"]) == ("cancelled", order["ro_no"], 0)
    assert [len(said["lines"]) for said in await counter.said("work_authorised", order["id"])] == [2, 0]
    assert [said["ro_no"] for said in await counter.said("repair_order_cancelled", order["id"])] == [order["ro_no"]]


async def test_what_was_begun_is_settled_and_not_called_off(counter: Counter) -> None:
    """C3."""
    begun = await counter.an_authorised_order()
    job = next(line for line in begun["lines"] if line["kind"] == "labour")
    await counter.hear(dispatched(UUID(job["id"]), UUID(begun["id"]), 1))
    assert (await refused(counter, begun))["code"] == "line_begun"
    taken = await counter.an_authorised_order()
    pads = next(line for line in taken["lines"] if line["kind"] == "part")
    await counter.hear(issued(UUID(pads["id"]), UUID(taken["id"]), 1))
    assert (await refused(counter, taken))["parameters"]["ro_line_ids"] == [pads["id"]]
    done = await counter.a_finished_order()
    assert (await refused(counter, done))["code"] == "illegal_transition"
    gone = await counter.delivered(await counter.a_finished_order())
    assert (await refused(counter, gone))["code"] == "illegal_transition"


async def test_what_was_given_out_and_taken_back_was_not_begun(counter: Counter) -> None:
    """C3, W7: its bay is out of order; the customer reads so."""
    order = await counter.an_authorised_order()
    job, ro = UUID(next(line["id"] for line in order["lines"] if line["kind"] == "labour")), UUID(order["id"])
    await counter.hear(set_back(job, ro, 2), dispatched(job, ro, 1))
    assert (await refused(counter, order))["code"] == "approval_needed"
    told = (await counter.get(f"/repair-orders/{ro}/progress")).json()
    assert {"job_dispatched", "job_set_back"} <= {entry["code"] for entry in told["entries"]}


async def test_a_deposit_goes_back_before_the_car_does(counter: Counter) -> None:
    """R8."""
    order = await counter.a_check_in()
    path = f"/repair-orders/{order['id']}"
    taken = await counter.made(f"{path}/deposits", {"method": "cash", "amount_fen": 50_000}, version=order["etag"])
    now = (await counter.get(path)).json()
    wanted = await refused(counter, now | {"etag": now["version"]})
    assert (wanted["code"], wanted["parameters"]["left_fen"]) == ("deposit_held", 50_000)
    body = {"amount_fen": 50_000, "method": "cash", "reason": "works called off"}
    answer = await counter.post(f"/deposits/{taken['id']}/refunds", body, "cashier", version=taken["etag"])
    back = {**body, "approval_id": await counter.approved(answer.json())}
    await counter.made(f"/deposits/{taken['id']}/refunds", back, version=taken["etag"])
    now = (await counter.get(path)).json()
    assert (await called_off(counter, now | {"etag": now["version"]}))["state"] == "cancelled"


async def test_the_hours_of_a_car_that_goes_home_are_free_again(counter: Counter, tomorrow: datetime, car: Told) -> None:
    """R1: the appointment was kept, so that nobody hears of a cancelled one."""
    await counter.hear(capacity(tomorrow.date(), 8_000))
    booked = await counter.made("/stores/sh01/appointments", wish(car, tomorrow, confirmed=True))
    with clock.stopped(tomorrow):
        here = car | {"words": "空调不凉", "odometer_km": 1_000, "fuel_bp": 1, "appointment_id": booked["id"]}
        order = await counter.made("/stores/sh01/check-ins", here)
        assert (await free(counter, tomorrow.date()))["free_hours_milli"] == 6_000
        await called_off(counter, order)
    assert (await free(counter, tomorrow.date()))["free_hours_milli"] == 8_000
    assert await counter.said("appointment_cancelled", booked["id"]) == []
    await agree(counter, (tomorrow.date(),))


async def test_what_is_open_from_an_earlier_visit_is_not_put_off_twice(counter: Counter) -> None:
    """W4: estimated again and called off again, it is the same piece of work."""
    order, estimate = await an_estimate(counter, BRAKES, labour("wash", op_code="WASH"))
    ids = {line["op_code"]: line["id"] for line in estimate["lines"]}
    no = [{"line_id": ids["BRAKES"], "decision": "deferred", "reason_code": "later"}]
    await agreed(counter, order, estimate, decisions=no)
    later = await counter.a_check_in_of(order["vehicle"])
    path = f"/repair-orders/{later['id']}"
    both = {"lines": [BRAKES, labour("polish", op_code="POLISH")]}
    await called_off(
        counter, later | await counter.made(f"{path}/estimates", both, version=later["etag"]) | {"id": later["id"]}
    )
    assert sorted(item["code"] for item in await put_off(counter, order["vehicle_id"])) == ["BRAKES", "POLISH"]


async def test_what_the_house_does_not_do_to_its_own_car_is_no_advice_to_the_buyer(counter: Counter) -> None:
    """R12: a called-off pre-delivery inspection leaves nothing on the car."""
    order = await counter.a_check_in(order_kind="pdi")
    body = {"lines": [labour("pdi", op_code="PDI-1", payer="internal")]}
    estimate = await counter.made(f"/repair-orders/{order['id']}/estimates", body, version=order["etag"])
    await called_off(counter, estimate | {"id": order["id"]})
    assert await put_off(counter, order["vehicle_id"]) == []


async def test_work_that_is_heard_of_too_late_is_noticed(counter: Counter) -> None:
    """C3: the parts were handed out while the customer called off; somebody must see to it."""
    order = await counter.an_authorised_order()
    pads = next(line for line in order["lines"] if line["kind"] == "part")
    gone = await called_off(counter, order, approval_id=await counter.approved(await refused(counter, order)))
    assert gone["spent_at"] is None
    for _ in range(2):
        await counter.hear(issued(UUID(pads["id"]), UUID(order["id"]), 1))
    noticed = (await counter.get("/repair-orders", spent_though_cancelled="true", limit=200)).json()["items"]
    assert [each["version"] - gone["version"] for each in noticed if each["id"] == order["id"]] == [1]
    assert all(each["state"] == "cancelled" and each["spent_at"] for each in noticed)


@pytest.mark.parametrize("whole", [True, False])
async def test_work_put_off_before_is_open_again_when_it_is_called_off(counter: Counter, whole: bool) -> None:
    """W4: declined once, agreed to on the next visit, then called off: one item, as open as before."""
    order, estimate = await an_estimate(counter, BRAKES, labour("wash", op_code="WASH"))
    ids = {line["op_code"]: line["id"] for line in estimate["lines"]}
    no = [{"line_id": ids["BRAKES"], "decision": "deferred", "reason_code": "later"}]
    await agreed(counter, order, estimate, decisions=no)
    [before] = await put_off(counter, order["vehicle_id"])
    later = await counter.a_check_in_of(order["vehicle"], promised_at="2099-11-22T16:00:00+08:00")
    later = await counter.walked_around(later)
    path = f"/repair-orders/{later['id']}"
    lines = {"lines": [BRAKES, labour("polish", op_code="POLISH")]}
    estimate = await counter.made(f"{path}/estimates", lines, version=later["etag"])
    now = await counter.made(f"{path}/authorisation", AGREED, version=estimate["etag"])
    assert await put_off(counter, order["vehicle_id"]) == []
    if whole:
        wanted = await refused(counter, now)
        await called_off(counter, now, approval_id=await counter.approved(wanted))
    else:
        line = next(line["id"] for line in now["lines"] if line["op_code"] == "BRAKES")
        await counter.made(f"{path}/lines/{line}/cancellation", BECAUSE, version=now["etag"])
    after = await put_off(counter, order["vehicle_id"])
    assert before in after
    assert [item["code"] for item in after] == (["BRAKES", "POLISH"] if whole else ["BRAKES"])


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("cancellation", BECAUSE, "illegal_transition"),
        ("promise", {"promised_at": "2099-12-01T00:00:00Z", "reason_code": "x"}, "illegal_transition"),
        ("estimates", {"lines": [labour("brakes")]}, "illegal_transition"),
        ("deposits", {"method": "cash", "amount_fen": 1}, "order_cancelled"),
        ("inquiry", an_inquiry(), "order_cancelled"),
        ("walk-around", a_walk_around(), "order_cancelled"),
        ("waiting", {"waits": True}, "order_cancelled"),
        ("dispute-notes", {"words": "划痕不是我的"}, "order_cancelled"),
        ("settlement", None, "illegal_transition"),
        ("delivery", {}, "illegal_transition"),
    ],
)
async def test_nothing_more_is_done_for_an_order_that_was_called_off(
    counter: Counter, path: str, body: Told | None, code: str
) -> None:
    order = await called_off(counter, await counter.a_check_in())
    answer = await counter.post(f"/repair-orders/{order['id']}/{path}", body, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text
