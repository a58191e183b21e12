"""A file is complete within days of the visit: what is missing is known, listed, and ends when it is written down."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.reception.domain import Customer, FileTerms
from services.reception.domain.files import missing, stale
from shared import clock
from tests.callers import called_by, once, seen
from tests.reception.counter import Counter
from tests.reception.words import NOON, a_vehicle

COMPLETE = {"address": "浦东新区世纪大道1号", "services_wished": "洗车"}
DESCRIBED: dict[str, Any] = {"vehicle_type": "suv", "maintenance_months": 6}


async def overdue(counter: Counter, order: dict[str, Any], store: str = "sh01", **query: Any) -> dict[str, Any] | None:
    """The entry of this visit in the list, found on any page."""
    cursor: dict[str, Any] = {}
    while True:
        answer = await counter.get("/overdue-files", store=store, limit=200, **query, **cursor)
        assert answer.status_code == 200, answer.text
        for item in answer.json()["items"]:
            if item["ro_id"] == order["id"]:
                return dict(item)
        if not answer.json()["next"]:
            return None
        cursor = {"cursor": answer.json()["next"]}


async def test_an_incomplete_file_is_due_two_days_after_the_first_visit(counter: Counter) -> None:
    """R10."""
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"], **DESCRIBED)
    with clock.stopped(NOON):
        first = await counter.a_visit(car, customer["id"])
    with clock.stopped(NOON + timedelta(days=5)):
        again = await counter.a_visit(car, customer["id"], store="sh02")
    entry = await overdue(counter, first)
    assert entry is not None
    assert (entry["due_on"], entry["store_id"], entry["missing"]) == ("2026-11-23", "sh01", ["address", "services_wished"])
    assert await overdue(counter, again, store="sh02") is None, "the first visit counts"
    assert await overdue(counter, first, due_before="2026-11-23") is None
    assert await overdue(counter, first, due_before="2026-11-24", store_id="sh01") is not None
    assert await overdue(counter, first, store_id="sh02") is None
    assert await overdue(counter, first, store="sh02") is None, "the list is the store's"


async def test_a_complete_file_is_due_never(counter: Counter) -> None:
    """R10."""
    customer = await counter.a_customer(**COMPLETE)
    order = await counter.a_visit(await counter.a_vehicle(customer["id"], **DESCRIBED), customer["id"])
    assert await overdue(counter, order) is None


async def test_completing_both_halves_in_any_store_ends_it(counter: Counter) -> None:
    """R10, R2."""
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    order = await counter.a_visit(car, customer["id"])
    changed = await counter.change(f"/customers/{customer['id']}/details", COMPLETE, "advisor", store="sh02")
    assert (changed["address"], changed["services_wished"]) == (COMPLETE["address"], COMPLETE["services_wished"])
    entry = await overdue(counter, order)
    assert entry is not None
    assert entry["missing"] == ["vehicle_type", "maintenance_interval"]
    described = await counter.change(f"/vehicles/{car['id']}/details", DESCRIBED)
    assert (described["vehicle_type"], described["maintenance_months"]) == ("suv", 6)
    assert await overdue(counter, order) is None
    with clock.stopped(clock.now() + timedelta(days=9)):
        assert await overdue(counter, await counter.a_visit(car, customer["id"])) is None


async def test_two_who_complete_one_half_each_at_the_same_moment_end_it(counter: Counter) -> None:
    """R10: whoever is second sees what the first has written."""
    for _ in range(6):
        customer = await counter.a_customer()
        car = await counter.a_vehicle(customer["id"])
        order = await counter.a_visit(car, customer["id"])
        versions = [
            (await counter.get(path)).json()["version"] for path in (f"/customers/{customer['id']}", f"/vehicles/{car['id']}")
        ]
        answers = await asyncio.gather(
            counter.post(f"/customers/{customer['id']}/details", COMPLETE, version=versions[0]),
            counter.post(f"/vehicles/{car['id']}/details", DESCRIBED, version=versions[1]),
        )
        assert [answer.status_code for answer in answers] == [200, 200]
        assert await overdue(counter, order) is None


async def test_a_store_sets_what_it_wants_and_how_soon_by_its_own_calendar(counter: Counter) -> None:
    """R10.  Noon in Shanghai is the evening before in New York."""
    terms = {"complete_within_days": 7, "required": ["name", "in_service_on"]}
    own = {"value": terms, "valid_from": "2026-11-01T00:00:00Z"}
    assert (await counter.post("/stores/ny01/policies/files", own, "store_manager", store="ny01")).status_code == 201
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    with clock.stopped(NOON):
        order = await counter.a_visit(car, customer["id"], store="ny01")
    entry = await overdue(counter, order, store="ny01")
    assert entry is not None
    assert (entry["due_on"], entry["missing"]) == ("2026-11-27", ["in_service_on"])


@pytest.mark.parametrize("value", [{"required": ["shoe_size"]}, {"complete_within_days": -1}, {"refresh_after_days": True}])
async def test_terms_of_files_that_cannot_be_meant_are_refused(counter: Counter, value: dict[str, Any]) -> None:
    assert (await counter.post("/stores/sh01/policies/files", {"value": value}, "store_manager")).status_code == 422


@pytest.mark.parametrize(
    "query", [{"due_before": "soon"}, {"due_before": "20261123"}, {"limit": 0}, {"cursor": "x"}, {"store_id": "S"}]
)
async def test_a_list_that_cannot_be_meant_is_refused(counter: Counter, query: dict[str, Any]) -> None:
    assert (await counter.get("/overdue-files", **query)).status_code == 422


async def test_the_list_of_overdue_files_comes_in_pages(counter: Counter) -> None:
    for _ in range(3):
        await counter.a_check_in(store="ny01")
    found: list[str] = []
    cursor: dict[str, Any] = {}
    while True:
        page = (await counter.get("/overdue-files", store="ny01", limit=1, **cursor)).json()
        found += [item["ro_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert len(found) == len(set(found)) >= 3


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("details", {"address": ""}),
        ("details", {"address": "x\u0000"}),
        ("details", {"phone": "13800138000"}),
        ("details", {"services_wished": 5}),
        ("confirmation", {"all": True}),
    ],
)
async def test_details_that_cannot_be_meant_are_refused(counter: Counter, path: str, body: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    answer = await counter.post(f"/customers/{customer['id']}/{path}", body, version=customer["etag"])
    assert answer.status_code == 422


@pytest.mark.parametrize(
    "body",
    [{"vehicle_type": "boat"}, {"maintenance_months": 0}, {"maintenance_km": 1.5}, {"maintenance_km": True}, {"vin": "x"}],
)
async def test_a_car_is_described_in_the_trade_s_words(counter: Counter, body: dict[str, Any]) -> None:
    car = await counter.a_vehicle((await counter.a_customer())["id"])
    assert (await counter.post(f"/vehicles/{car['id']}/details", body, version=car["etag"])).status_code == 422


@pytest.mark.parametrize("kind", ["customers", "vehicles"])
async def test_a_write_names_the_version_that_it_saw(counter: Counter, kind: str) -> None:
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    path = f"/{kind}/{(customer if kind == 'customers' else car)['id']}/details"
    headers = called_by("advisor") | once()
    assert (await counter.client.post(path, json={}, headers=headers)).status_code == 428
    assert (await counter.client.post(path, json={}, headers=headers | seen(99))).status_code == 412
    unknown = await counter.post(f"/{kind}/{uuid4()}/details", {}, version=1)
    assert (unknown.status_code, unknown.json()["code"]) == (404, "not_found")


@pytest.mark.usefixtures("at_noon")
def test_a_field_is_missing_when_nobody_wrote_it_and_stale_when_nobody_confirmed_it() -> None:
    """R2, R10: the rules, in memory."""
    customer = Customer(store_id="sh01", kind="person", account_terms=False)
    customer.reach_by(name="王芳", phone="138 0013 8000", channel="phone", consent=True)
    car = a_vehicle()
    terms = FileTerms(required=("name", "address", "vehicle_type", "in_service_on"), refresh_after_days=30)
    assert missing(customer, car, terms) == ["address", "vehicle_type"]
    assert stale(customer, car, terms) == ["phone", "plate"], "what is missing is not stale"
    customer.describe(address="浦东", services_wished=None)
    car.describe(vehicle_type="car", maintenance_months=None, maintenance_km=None)
    assert missing(customer, car, terms) == []
    car.confirmed_at = NOON - timedelta(days=31)
    assert stale(customer, car, terms) == ["plate"]
    assert terms.due_on(date(2026, 12, 31)) == date(2027, 1, 2)
