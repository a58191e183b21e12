"""Comebacks and other open orders: what an advisor must know of the same car when it comes in."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared import clock
from tests.reception.counter import Counter
from tests.reception.words import labour

NOISE = {"concern_code": "BRK-NOISE"}
OTHER = {"concern_code": "AC-WEAK"}


async def delivered(counter: Counter, **fields: Any) -> dict[str, Any]:
    """A visit that is over; what is worked on is paid internally, so that nobody has to pay first."""
    concern = fields.pop("line_concern", None)
    order = await counter.a_finished_order(labour("brakes", payer="internal", concern_code=concern), **fields)
    path, store = f"/repair-orders/{order['id']}", order["store_id"]
    invoices = await counter.made(f"{path}/settlement", version=order["etag"], store=store)
    return await counter.made(f"{path}/delivery", {}, version=invoices["etag"], store=store)


async def again(counter: Counter, earlier: dict[str, Any], *symptoms: dict[str, Any], store: str = "sh01") -> dict[str, Any]:
    """The same car comes in once more."""
    body = {
        "vehicle_id": earlier["vehicle_id"], "customer_id": earlier["customer_id"], "words": "还是响", "odometer_km": 42_500,
        "fuel_bp": 5_000, "symptoms": list(symptoms),
    }  # fmt: skip
    return await counter.made(f"/stores/{store}/check-ins", body, store=store)


@pytest.mark.parametrize("first", [{"symptoms": [NOISE, OTHER]}, {"line_concern": "BRK-NOISE"}])
async def test_the_same_concern_not_long_after_delivery_makes_the_visit_a_comeback(
    counter: Counter, first: dict[str, Any]
) -> None:
    """C5: whether it was told at check-in or worked on."""
    earlier = await delivered(counter, **first)
    assert earlier["comeback_of"] is None
    visit = await again(counter, earlier, NOISE)
    assert visit["comeback_of"] == earlier["id"]
    listed = (await counter.get("/repair-orders", vehicle_id=earlier["vehicle_id"])).json()["items"]
    assert [(head["id"], head["comeback_of"]) for head in listed] == [(visit["id"], earlier["id"]), (earlier["id"], None)]


async def test_another_concern_another_car_or_an_unfinished_visit_is_no_comeback(counter: Counter) -> None:
    earlier = await delivered(counter, symptoms=[NOISE])
    assert (await again(counter, earlier, {"concern_code": "ENG-LIGHT"}))["comeback_of"] is None
    assert (await again(counter, earlier))["comeback_of"] is None
    assert (await counter.a_check_in(symptoms=[NOISE]))["comeback_of"] is None
    unfinished = await counter.a_finished_order(symptoms=[NOISE])
    assert (await again(counter, unfinished, NOISE))["comeback_of"] is None


async def test_how_long_a_repair_must_last_is_the_store_s_own_policy(counter: Counter) -> None:
    """C5: 30 days unless the store says otherwise."""
    now = datetime.now(UTC)
    with clock.stopped(now - timedelta(days=30, minutes=-1)):
        recent = await delivered(counter, symptoms=[NOISE], promised_at="2099-01-01T00:00:00+08:00")
    with clock.stopped(now - timedelta(days=30, minutes=1)):
        old = await delivered(counter, symptoms=[NOISE], promised_at="2099-01-01T00:00:00+08:00")
    with clock.stopped(now):
        assert (await again(counter, recent, NOISE))["comeback_of"] == recent["id"]
        assert (await again(counter, old, NOISE))["comeback_of"] is None
    answer = await counter.post("/stores/sh02/policies/comeback", {"value": {"days": 0}}, "store_manager", store="sh02")
    assert answer.status_code == 201
    earlier = await delivered(counter, symptoms=[NOISE], store="sh02")
    assert (await again(counter, earlier, NOISE, store="sh02"))["comeback_of"] is None


async def test_other_open_orders_of_the_car_are_shown_within_the_caller_s_stores(counter: Counter) -> None:
    """C3: several repair orders for one car may be open."""
    first = await counter.an_authorised_order()
    second = await again(counter, first)
    over = await delivered(counter)
    elsewhere = await again(counter, first, store="sh02")
    shown = (await counter.get(f"/repair-orders/{second['id']}")).json()["other_open_orders"]
    assert shown == [{"id": first["id"], "store_id": "sh01", "ro_no": first["ro_no"], "state": "authorised"}]
    mine = (await counter.get(f"/repair-orders/{first['id']}")).json()["other_open_orders"]
    assert [other["id"] for other in mine] == [second["id"]]
    everywhere = (await counter.get(f"/repair-orders/{first['id']}", "group_manager", store="*")).json()["other_open_orders"]
    assert [other["id"] for other in everywhere] == [elsewhere["id"], second["id"]]
    later = await again(counter, over)
    assert later["other_open_orders"] == [], "what was delivered is not open"
