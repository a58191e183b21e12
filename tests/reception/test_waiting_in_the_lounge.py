"""Who waits in the lounge is known, and who waits too long is noticed."""

from datetime import datetime, timedelta

from shared import clock
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON


async def too_long(counter: Counter, store: str = "sh01", *, answer: str = "true") -> set[str]:
    found: set[str] = set()
    cursor: dict[str, str] = {}
    while True:
        query = {"waiting_too_long": answer, "store_id": store, "limit": "200", **cursor}
        page = (await counter.get("/repair-orders", store=store, **query)).json()
        found |= {item["id"] for item in page["items"]}
        if not page["next"]:
            return found
        cursor = {"cursor": page["next"]}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def read(counter: Counter, order: Told) -> Told:
    return dict((await counter.get(f"/repair-orders/{order['id']}", store=order["store_id"])).json())


async def test_a_customer_who_waits_for_ninety_minutes_is_noticed(counter: Counter) -> None:
    """R6."""
    with clock.stopped(NOON):
        waiting = await counter.a_check_in(waits=True)
        away = await counter.a_check_in()
    assert (waiting["waits"], at(waiting["long_wait_at"]), waiting["waiting_too_long"]) == (
        True, NOON + timedelta(minutes=90), False,
    )  # fmt: skip
    assert (away["waits"], away["long_wait_at"]) == (False, None)
    assert [fact["waits"] for fact in await counter.said("vehicle_checked_in", waiting["id"])] == [True]
    both = {waiting["id"], away["id"]}
    with clock.stopped(NOON + timedelta(minutes=89)):
        assert await too_long(counter) & both == set()
        assert await too_long(counter, answer="false") & both == both
    with clock.stopped(NOON + timedelta(minutes=90)):
        assert await too_long(counter) & both == {waiting["id"]}
        assert await too_long(counter, answer="false") & both == {away["id"]}
        assert (await read(counter, waiting))["waiting_too_long"]


async def test_who_leaves_the_store_waits_no_longer_and_who_comes_back_begins_anew(counter: Counter) -> None:
    """R6: waits in the lounge or leaves."""
    with clock.stopped(NOON):
        order = await counter.a_check_in(waits=True)
    path = f"/repair-orders/{order['id']}/waiting"
    with clock.stopped(NOON + timedelta(minutes=60)):
        gone = await counter.made(path, {"waits": False}, version=order["etag"])
        assert (gone["waits"], gone["long_wait_at"], gone["etag"]) == (False, None, order["etag"] + 1)
    with clock.stopped(NOON + timedelta(minutes=100)):
        assert order["id"] not in await too_long(counter)
        back = await counter.made(path, {"waits": True}, version=gone["etag"])
        assert at(back["long_wait_at"]) == NOON + timedelta(minutes=190)


async def test_a_store_says_itself_how_long_is_too_long(counter: Counter) -> None:
    """All values are defaults of a per-store policy (mission)."""
    terms = {"value": {"long_wait_minutes": 30}}
    assert (await counter.post("/stores/sh02/policies/lounge", terms, "store_manager", store="sh02")).status_code == 201
    order = await counter.a_check_in(store="sh02", waits=True)
    assert at(order["long_wait_at"]) - at(order["checked_in_at"]) == timedelta(minutes=30)
    for wrong in (0, 1_441, 30.5, "soon"):
        answer = await counter.post(
            "/stores/sh02/policies/lounge", {"value": {"long_wait_minutes": wrong}}, "store_manager", store="sh02"
        )
        assert answer.status_code == 422, wrong


async def test_nobody_waits_for_a_car_that_has_left(counter: Counter) -> None:
    with clock.stopped(NOON):
        order = await counter.delivered(await counter.a_finished_order(waits=True))
    with clock.stopped(NOON + timedelta(days=1)):
        assert order["id"] not in await too_long(counter)
        assert not (await read(counter, order))["waiting_too_long"]
    answer = await counter.post(f"/repair-orders/{order['id']}/waiting", {"waits": True}, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_delivered")
