"""A car changes hands: the new owner holds it from now on, and nothing of the old one is lost."""

from typing import Any
from uuid import uuid4

import pytest

from shared import clock
from tests.reception.counter import Counter
from tests.reception.words import NOON


async def owners(counter: Counter, car: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    items = (await counter.get(f"/vehicles/{car['id']}/owners")).json()["items"]
    return [(item["customer_id"], item["owned_from_on"], item["owned_until_on"]) for item in items]


async def test_a_sold_car_is_the_buyers_and_its_past_stays_the_sellers(counter: Counter) -> None:
    """R10."""
    seller, buyer = await counter.a_customer(), await counter.a_customer(name="赵雷")
    with clock.stopped(NOON.replace(month=3)):
        car = await counter.a_vehicle(seller["id"])
    order = await counter.a_visit(car, seller["id"])
    with clock.stopped(NOON):
        changed = await counter.change(f"/vehicles/{car['id']}/owner", {"customer_id": buyer["id"], "plate": "浙a88888"})
    assert (changed["customer_id"], changed["plate"]) == (buyer["id"], "浙A88888")
    assert await owners(counter, car) == [
        (buyer["id"], "2026-11-21", None),
        (seller["id"], "2026-03-21", "2026-11-21"),
    ]
    [said] = await counter.said("vehicle_owner_changed", car["id"])
    assert (said["customer_id"], said["previous_customer_id"]) == (buyer["id"], seller["id"])
    assert (await counter.said("vehicle_identified", car["id"]))[-1]["plate"] == "浙A88888"
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["customer_id"] == seller["id"]
    cars = {who: (await counter.get(f"/customers/{who}/vehicles")).json()["items"] for who in (seller["id"], buyer["id"])}
    assert [[each["id"] for each in cars[who]] for who in (seller["id"], buyer["id"])] == [[], [car["id"]]]


async def test_identifying_a_car_as_somebody_else_s_is_a_change_of_owner(counter: Counter) -> None:
    seller, buyer = await counter.a_customer(), await counter.a_customer()
    car = await counter.a_vehicle(seller["id"])
    now = {"plate": car["plate"], "brand": car["brand"], "model": car["model"], "customer_id": buyer["id"]}
    await counter.change(f"/vehicles/{car['id']}/identity", now)
    assert [who for who, _, _ in await owners(counter, car)] == [buyer["id"], seller["id"]]
    assert len(await counter.said("vehicle_owner_changed", car["id"])) == 1


async def test_a_car_does_not_change_to_who_has_it_or_whom_nobody_knows(counter: Counter) -> None:
    owner = await counter.a_customer()
    car = await counter.a_vehicle(owner["id"])
    same = await counter.post(f"/vehicles/{car['id']}/owner", {"customer_id": owner["id"]}, version=car["etag"])
    assert (same.status_code, same.json()["code"]) == (409, "owner_unchanged")
    nobody = await counter.post(f"/vehicles/{car['id']}/owner", {"customer_id": str(uuid4())}, version=car["etag"])
    assert (nobody.status_code, nobody.json()["errors"][0]["loc"]) == (422, ["body", "customer_id"])
    assert await counter.said("vehicle_owner_changed", car["id"]) == []


@pytest.mark.parametrize("body", [{}, {"customer_id": "x"}, {"customer_id": 5}, {"plate": "x"}, {"since": "2020-01-01"}])
async def test_an_owner_that_cannot_be_meant_is_refused(counter: Counter, body: dict[str, Any]) -> None:
    owner, other = await counter.a_customer(), await counter.a_customer()
    car = await counter.a_vehicle(owner["id"])
    whole = {"customer_id": other["id"]} | body if body else body
    assert (await counter.post(f"/vehicles/{car['id']}/owner", whole, version=car["etag"])).status_code == 422
