"""A car drives up: the advisor sees at once whose it is, what is open, and what to ask for."""

from typing import Any
from uuid import UUID, uuid4

from shared import clock
from tests.reception.counter import Counter
from tests.reception.words import NOON, a_complaint

COMPLETE = {"address": "浦东新区世纪大道1号", "services_wished": "洗车"}
DESCRIBED: dict[str, Any] = {"vehicle_type": "suv", "maintenance_months": 6, "maintenance_km": 10_000}


async def arrival(counter: Counter, store: str = "sh01", **query: Any) -> dict[str, Any]:
    """The one car that is recognised."""
    answer = await counter.get("/arrivals", store=store, store_id=store, **query)
    assert answer.status_code == 200, answer.text
    [found] = answer.json()["items"]
    return dict(found)


async def test_a_returning_car_is_recognised_with_all_that_matters(counter: Counter) -> None:
    """R2: customer, car, last odometer, open orders at this store, and what the file lacks, in one answer."""
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    here = await counter.a_visit(car, customer["id"], odometer_km=42_000)
    await counter.a_visit(car, customer["id"], odometer_km=42_100, store="sh02")
    seen = await arrival(counter, plate=car["plate"])
    assert (seen["customer"]["id"], seen["vehicle"]["id"]) == (customer["id"], car["id"])
    assert (seen["last_odometer_km"], seen["returning"]) == (42_100, True)
    assert [order["id"] for order in seen["open_orders"]] == [here["id"]]
    assert seen["missing"] == ["address", "services_wished", "vehicle_type", "maintenance_interval"]
    assert (seen["stale"], seen["open_complaint"]) == ([], False)
    assert seen["file_due_on"] is not None


async def test_a_car_is_recognised_by_plate_vin_phone_or_name_of_any_of_its_people(counter: Counter) -> None:
    """R2."""
    tail, mark = f"{uuid4().int % 10_000:04d}", uuid4().hex[:10]
    company = await counter.a_customer(kind="company", name=f"物流{mark}", phone="021 6587 1111")
    car = await counter.a_vehicle(company["id"])
    driver = {"name": f"司机{mark}", "role": "driver", "phone": f"137 0013 {tail}"}
    await counter.change(f"/customers/{company['id']}/contacts", driver)
    for query in (
        {"plate": car["plate"].lower()}, {"vin": car["vin"].lower()}, {"name": f"物流{mark}"},
        {"name": f"司机{mark}"}, {"name": f"司机{mark}", "phone_tail": tail},
    ):  # fmt: skip
        assert (await arrival(counter, **query))["vehicle"]["id"] == car["id"], query
    found = (await counter.get("/arrivals", store_id="sh01", phone_tail=tail)).json()["items"]
    assert car["id"] in {each["vehicle"]["id"] for each in found}


async def test_a_first_visit_is_an_empty_answer(counter: Counter) -> None:
    answer = await counter.get("/arrivals", store_id="sh01", plate="沪Z99999")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


async def test_what_was_not_confirmed_for_a_year_is_stale_until_it_is_confirmed(counter: Counter) -> None:
    """R2: stale data is asked for; the customer says that it is right."""
    with clock.stopped(NOON.replace(year=2024)):
        customer = await counter.a_customer(**COMPLETE)
        car = await counter.a_vehicle(customer["id"], **DESCRIBED)
    seen = await arrival(counter, plate=car["plate"])
    assert (seen["missing"], seen["stale"]) == ([], ["phone", "address", "plate"])
    await counter.change(f"/customers/{customer['id']}/confirmation", {})
    assert (await arrival(counter, plate=car["plate"]))["stale"] == ["plate"]
    await counter.change(f"/vehicles/{car['id']}/confirmation", {})
    assert (await arrival(counter, plate=car["plate"]))["stale"] == []


async def test_a_store_decides_for_how_long_it_trusts_a_file(counter: Counter) -> None:
    with clock.stopped(NOON.replace(year=2024)):
        customer = await counter.a_customer(**COMPLETE)
        car = await counter.a_vehicle(customer["id"], **DESCRIBED)
    own = {"value": {"refresh_after_days": 3_650, "required": ["address"]}}
    assert (await counter.post("/stores/hz01/policies/files", own, "store_manager", store="hz01")).status_code == 201
    seen = await arrival(counter, store="hz01", plate=car["plate"])
    assert (seen["missing"], seen["stale"]) == ([], [])


async def test_a_complaint_is_seen_before_the_customer_repeats_it(counter: Counter) -> None:
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    await counter.hear(a_complaint(UUID(customer["id"])))
    assert (await arrival(counter, plate=car["plate"]))["open_complaint"] is True
    order = await counter.a_visit(car, customer["id"])
    assert order["open_complaint"] is True
    assert (await arrival(counter, plate=car["plate"]))["open_complaint"] is False


async def test_an_arrival_is_asked_for_a_store_of_the_caller_by_something_that_is_seen(counter: Counter) -> None:
    foreign = await counter.get("/arrivals", store_id="sh02", plate="沪A00001")
    assert (foreign.status_code, foreign.json()["code"]) == (404, "not_found")
    nothing = await counter.get("/arrivals", store_id="sh01")
    assert (nothing.status_code, nothing.json()["code"]) == (422, "filter_missing")
    for bad in ({"phone_tail": "12a4"}, {"vin": "SHORT"}, {"plate": "x"}, {"name": " "}):
        assert (await counter.get("/arrivals", store_id="sh01", **bad)).status_code == 422, bad


async def test_a_dispatcher_recognises_nobody(counter: Counter) -> None:
    """K9."""
    car = await counter.a_vehicle((await counter.a_customer())["id"])
    answer = await counter.get("/arrivals", "dispatcher", store_id="sh01", plate=car["plate"])
    assert (answer.status_code, car["plate"] in answer.text) == (403, False)
