"""Fleets and VIPs: who may agree on terms, and how their files are found."""

from typing import Any
from uuid import uuid4

import pytest

from tests.reception.counter import Counter

MANAGERS = ("store_manager", "group_manager")


async def test_a_manager_agrees_on_credit_fleet_and_level(counter: Counter) -> None:
    """R8: on account with credit control for fleets and VIPs."""
    fleet = f"顺丰{uuid4().hex[:6]}"
    company = await counter.a_customer(kind="company", name=fleet)
    terms = {
        "account_terms": True, "credit_limit_fen": 5_000_000, "payment_days": 30, "vip_level": 2, "fleet": fleet,
        "price_agreement": "SF-2026",
    }  # fmt: skip
    for role in MANAGERS:
        agreed = await counter.change(f"/customers/{company['id']}/terms", terms, role)
        assert terms.items() <= agreed.items()
    cars = [await counter.a_vehicle(company["id"]) for _ in range(3)]
    for query in ({"fleet": fleet}, {"fleet": fleet, "vip_level": 2}, {"fleet": fleet, "name": fleet}):
        [found] = (await counter.get("/customers", store="sh02", **query)).json()["items"]
        assert found["id"] == company["id"]
    assert (await counter.get("/customers", fleet=fleet, vip_level=3)).json()["items"] == []
    mine = [car["id"] for car in reversed(cars)]
    assert [car["id"] for car in (await counter.get("/vehicles", fleet=fleet)).json()["items"]] == mine
    assert [car["id"] for car in (await counter.get("/vehicles", fleet=fleet, vip_level=2)).json()["items"]] == mine
    path = f"/customers/{company['id']}/vehicles"
    page = (await counter.get(path, limit=2)).json()
    rest = (await counter.get(path, limit=2, cursor=page["next"])).json()
    assert [car["id"] for car in page["items"] + rest["items"]] == mine


async def test_terms_that_are_agreed_anew_stand_in_place_of_those_before(counter: Counter) -> None:
    company = await counter.a_customer(kind="company", account_terms=True)
    assert (company["account_terms"], company["credit_limit_fen"], company["vip_level"]) == (True, None, 0)
    await counter.change(f"/customers/{company['id']}/terms", {"account_terms": True, "payment_days": 30}, "store_manager")
    now = await counter.change(f"/customers/{company['id']}/terms", {"account_terms": False}, "store_manager")
    assert (now["account_terms"], now["payment_days"]) == (False, None)


@pytest.mark.parametrize("role", ["advisor", "cashier", "dispatcher", "ops"])
async def test_nobody_else_agrees_on_credit(counter: Counter, role: str) -> None:
    """R8: an advisor alone gives nobody a limit, not when the file is opened either."""
    customer = await counter.a_customer()
    answer = await counter.post(f"/customers/{customer['id']}/terms", {"account_terms": True}, role, version=customer["etag"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    body = {"name": "王芳", "phone": "138 0013 8000", "consent": True, "credit_limit_fen": 1}
    assert (await counter.post("/stores/sh01/customers", body, "advisor")).status_code == 422


@pytest.mark.parametrize("wrong", [{"credit_limit_fen": 1}, {"payment_days": 10}])
async def test_credit_is_for_who_has_an_account(counter: Counter, wrong: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    body = {"account_terms": False} | wrong
    answer = await counter.post(f"/customers/{customer['id']}/terms", body, "store_manager", version=customer["etag"])
    assert (answer.status_code, answer.json()["code"]) == (422, "account_terms_missing")
    assert answer.json()["errors"][0]["loc"] == ["body", *wrong]


@pytest.mark.parametrize(
    "wrong",
    [
        {"vip_level": 4}, {"vip_level": True}, {"credit_limit_fen": -1}, {"credit_limit_fen": 1.5}, {"payment_days": 366},
        {"fleet": ""}, {"price_agreement": "a b"}, {"account_terms": 1}, {"discount_bp": 100},
    ],
)  # fmt: skip
async def test_terms_that_cannot_be_meant_are_refused(counter: Counter, wrong: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    body = {"account_terms": True} | wrong
    answer = await counter.post(f"/customers/{customer['id']}/terms", body, "store_manager", version=customer["etag"])
    assert answer.status_code == 422


async def test_cars_and_customers_are_found_by_what_people_remember(counter: Counter) -> None:
    """R2: name, phone tail, plate, end of the VIN."""
    mark = uuid4().hex[:10]
    customer = await counter.a_customer(name=f"上官{mark}", phone="138 0013 4466")
    car = await counter.a_vehicle(customer["id"])
    tail = car["vin"][-6:]
    for query in ({"name": f"上官{mark[:6]}"}, {"plate": car["plate"], "vin_tail": tail.lower()}, {"vin_tail": tail}):
        people = (await counter.get("/customers", **query)).json()["items"]
        assert customer["id"] in {each["id"] for each in people}, query
        cars = (await counter.get("/vehicles", **query)).json()["items"]
        assert car["id"] in {each["id"] for each in cars}, query
    both = (await counter.get("/vehicles", phone_tail="4466", vin_tail=tail)).json()["items"]
    assert [each["id"] for each in both] == [car["id"]]
    assert (await counter.get("/vehicles", phone_tail="0000", vin_tail=tail)).json()["items"] == []


@pytest.mark.parametrize(
    "query",
    [{"vin_tail": "12345"}, {"vin_tail": "IOQ123"}, {"vip_level": 0}, {"vip_level": 4}, {"phone_tail": "44"}, {"fleet": ""}],
)
async def test_a_search_that_cannot_be_meant_is_refused(counter: Counter, query: dict[str, Any]) -> None:
    for path in ("/customers", "/vehicles"):
        assert (await counter.get(path, **query)).status_code == 422
