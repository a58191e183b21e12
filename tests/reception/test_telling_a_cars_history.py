"""What was done to a car at any store of the group, in one list; what it cost only where the reader reads orders."""

from typing import Any
from uuid import UUID, uuid4

from shared.identity import issue_token
from tests.reception.counter import Counter
from tests.reception.test_deciding_line_by_line import AGREED, a_priced_supplement
from tests.reception.words import completed, labour, part, quality_failed


async def history(counter: Counter, car: str, *roles: str, store: str = "sh01", **query: Any) -> list[dict[str, Any]]:
    answer = await counter.get(f"/vehicles/{car}/history", *roles, store=store, **query)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_every_stay_at_every_store_is_told_newest_first(counter: Counter) -> None:
    """R10: full history; R2: at any store."""
    symptoms = [{"concern_code": "BRK-NOISE"}]
    first = await counter.an_authorised_order(labour("brakes", concern_code="BRK-WEAR"), part("brakes"), symptoms=symptoms)
    car = {"id": first["vehicle_id"]}
    second = await counter.a_visit(car, first["customer_id"], store="sh02", odometer_km=50_000)
    [newer, older] = await history(counter, car["id"])
    assert (newer["ro_id"], newer["store_id"], newer["state"], newer["ro_no"]) == (second["id"], "sh02", "draft", None)
    assert (older["ro_id"], older["state"], older["ro_no"]) == (first["id"], "authorised", first["ro_no"])
    assert older["concern_codes"] == ["BRK-NOISE", "BRK-WEAR"]
    assert [(line["kind"], line["code"]) for line in older["work"]] == [("labour", "BRAKE-FRONT"), ("part", "04465-33480")]
    assert (older["total_fen"], older["customer_id"]) == (first["total_fen"], first["customer_id"])
    assert (newer["total_fen"], newer["customer_id"]) == (None, None), "an order of another store"


async def test_money_and_customer_are_shown_where_the_reader_reads_orders(counter: Counter) -> None:
    """K9."""
    order = await counter.an_authorised_order()
    [theirs] = await history(counter, order["vehicle_id"], store="sh02")
    assert (theirs["total_fen"], theirs["customer_id"], theirs["ro_no"]) == (None, None, order["ro_no"])
    assert order["total_fen"] is not None
    headers = {"Authorization": f"Bearer {issue_token('wu', {'*': ['group_manager']})}"}
    [all_of_it] = (await counter.client.get(f"/vehicles/{order['vehicle_id']}/history", headers=headers)).json()["items"]
    assert (all_of_it["total_fen"], all_of_it["customer_id"]) == (order["total_fen"], order["customer_id"])


async def test_the_history_follows_each_order_to_the_handed_over_key(counter: Counter) -> None:
    """R9: through requests and heard facts alike."""
    order = await counter.a_finished_order(labour("brakes"))
    path = f"/repair-orders/{order['id']}"
    states = [(await history(counter, order["vehicle_id"]))[0]["state"]]
    job, ro = UUID(order["lines"][0]["id"]), UUID(order["id"])
    await counter.hear(quality_failed(job, ro, 6))
    states.append((await history(counter, order["vehicle_id"]))[0]["state"])
    await counter.hear(completed(job, ro, 7))
    order = (await counter.get(path)).json()
    invoices = await counter.a_signed_bill(order | {"etag": order["version"]})
    states.append((await history(counter, order["vehicle_id"]))[0]["state"])
    owed = invoices["items"][0]
    await counter.made(f"/invoices/{owed['id']}/payments", {"method": "card", "amount_fen": owed["amount_fen"]}, version=1)
    await counter.made(f"{path}/delivery", {"odometer_km": 42_033}, version=invoices["etag"])
    [last] = await history(counter, order["vehicle_id"])
    assert [*states, last["state"]] == ["work_complete", "authorised", "settled", "delivered"]
    assert (last["odometer_km"], last["delivered_at"] is not None) == (42_033, True)


async def test_the_history_holds_the_work_that_holds_now(counter: Counter) -> None:
    """R10, W4: with what was agreed on the way, without what was taken back."""
    order = await counter.an_authorised_order(labour("brakes"), labour("wash", op_code="WASH"))
    path = f"/repair-orders/{order['id']}"
    wash = next(line for line in order["lines"] if line["op_code"] == "WASH")
    body = {"reason_code": "no_time"}
    less = await counter.made(f"{path}/lines/{wash['id']}/cancellation", body, version=order["etag"])
    [visit] = await history(counter, order["vehicle_id"])
    assert ([line["code"] for line in visit["work"]], visit["total_fen"]) == (["BRAKE-FRONT"], less["total_fen"])

    fact, priced = await a_priced_supplement(counter, less)
    decision = f"/supplements/{fact.about.subject}/decision"
    refusal = await counter.post(decision, AGREED, version=priced["etag"])
    approval = await counter.approved(refusal.json())
    await counter.made(decision, AGREED | {"approval_id": approval}, version=priced["etag"])
    [visit] = await history(counter, order["vehicle_id"])
    assert sorted(line["code"] for line in visit["work"]) == ["BRAKE-DISCS", "BRAKE-FRONT", "DISC-1"]
    assert visit["total_fen"] == (await counter.get(path)).json()["total_fen"]


async def test_an_order_that_is_estimated_is_told_as_such(counter: Counter) -> None:
    order = await counter.a_check_in()
    await counter.made(f"/repair-orders/{order['id']}/estimates", {"lines": [labour("a")]}, version=order["etag"])
    [visit] = await history(counter, order["vehicle_id"])
    assert (visit["state"], visit["work"], visit["total_fen"]) == ("estimated", [], None)


async def test_a_long_history_comes_in_pages(counter: Counter) -> None:
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    visits = [await counter.a_visit(car, customer["id"], store=store) for store in ("sh01", "sh02", "hz01")]
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await counter.get(f"/vehicles/{car['id']}/history", limit=1, **cursor)).json()
        found += [item["ro_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [visit["id"] for visit in reversed(visits)]


async def test_a_car_that_nobody_knows_has_no_history(counter: Counter) -> None:
    for part_ in ("history", "owners"):
        answer = await counter.get(f"/vehicles/{uuid4()}/{part_}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
