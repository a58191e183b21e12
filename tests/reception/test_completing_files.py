"""Files of customers and cars: people, consents, owners, merges, visits anywhere in the group, sold cars (R2, R10, K10)."""

import asyncio
from typing import Any

import pytest

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared.database import new_id
from shared.events import About
from shared.events.sales import VehicleSold
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter, Told
from tests.reception.words import a_vin


async def change(counter: Counter, path: str, action: str, body: Told, *roles: str) -> Any:
    """Post an action on the newest version of a file."""
    version = (await counter.get(path)).json()["version"]
    return await counter.post(f"{path}/{action}", body, *roles, version=version)


async def test_a_company_has_several_people_and_one_is_asked_for_first(counter: Counter) -> None:
    """R10: contacts with their own channel and quiet hours; follow-up hears of who is asked for first."""
    company = await counter.a_customer(kind="company", name="通达物流")
    path = f"/customers/{company['id']}"
    driver = {"name": "李强", "role": "driver", "phone": "13900000001"}
    assert (await change(counter, path, "contacts", driver)).status_code == 201
    manager = {"name": "赵敏", "role": "fleet_manager", "phone": "13900000002", "email": "zhao@example.cn",
               "quiet_from_minutes": 720, "quiet_until_minutes": 840, "is_primary": True}  # fmt: skip
    assert (await change(counter, path, "contacts", manager)).status_code == 201
    people = (await counter.get(f"{path}/contacts")).json()["items"]
    assert [person["name"] for person in people if person["is_primary"]] == ["赵敏"]
    told = (await counter.said("contact_changed", company["id"]))[-1]
    assert (told["phone"], told["quiet_from"], told["quiet_until"]) == ("13900000002", "12:00", "14:00")
    found = (await counter.get("/customers", phone_tail="0001")).json()["items"]
    assert company["id"] in [item["id"] for item in found]
    assert (await counter.get(f"{path}/contacts", "dispatcher")).status_code == 403


async def test_consents_are_kept_word_by_word(counter: Counter) -> None:
    """R10: given and withdrawn, by purpose; the newest word counts, the older ones stay."""
    customer = await counter.a_customer()
    path = f"/customers/{customer['id']}"
    for given in (True, False):
        body = {"purpose": "marketing", "given": given, "text_version": "2026-01"}
        assert (await change(counter, path, "consents", body)).status_code in (200, 201)
    told = (await counter.get(f"{path}/consents")).json()
    assert [word["given"] for word in told["items"] if word["purpose"] == "marketing"] in ([True, False], [False, True])
    assert "marketing" not in (await counter.said("contact_changed", customer["id"]))[-1]["consents"]


async def test_two_files_of_one_customer_become_one(counter: Counter) -> None:
    """R10: cars go to the survivor, the other file leads there, and nobody writes to it any more."""
    kept, double = await counter.a_customer(), await counter.a_customer()
    car = await counter.a_vehicle(double["id"])
    path = f"/customers/{double['id']}"
    advisor = await change(counter, path, "merge", {"into_customer_id": kept["id"]}, "advisor")
    assert advisor.status_code == 403
    merged = await change(counter, path, "merge", {"into_customer_id": kept["id"]}, "store_manager")
    assert merged.status_code in (200, 201), merged.text
    moved = await counter.get(path)
    assert (moved.status_code, moved.headers["location"]) == (308, f"/customers/{kept['id']}")
    cars = (await counter.get(f"/customers/{kept['id']}/vehicles")).json()["items"]
    assert [item["id"] for item in cars] == [car["id"]]
    [said] = await counter.said("customer_merged", double["id"])
    assert said["into_customer_id"] == kept["id"]
    late = {"vehicle_id": car["id"], "customer_id": double["id"], "words": "x", "odometer_km": 1, "fuel_bp": 1}
    answer = await counter.post("/stores/sh01/check-ins", late)
    assert (answer.status_code, answer.json()["code"]) == (409, "customer_merged")
    itself = await change(counter, f"/customers/{kept['id']}", "merge", {"into_customer_id": kept["id"]}, "store_manager")
    assert itself.status_code in (409, 422)


async def test_two_files_merged_into_each_other_at_once_leave_one(counter: Counter) -> None:
    one, other = await counter.a_customer(), await counter.a_customer()
    answers = await asyncio.gather(
        change(counter, f"/customers/{one['id']}", "merge", {"into_customer_id": other["id"]}, "store_manager"),
        change(counter, f"/customers/{other['id']}", "merge", {"into_customer_id": one["id"]}, "store_manager"),
    )
    assert sorted(answer.status_code < 300 for answer in answers) == [False, True]
    assert {answer.status_code for answer in answers if answer.status_code >= 300} <= {409, 412, 422, 503}


async def test_a_car_changes_its_owner_and_keeps_its_history(counter: Counter) -> None:
    """R10: also for the sister store, which sees neither money nor customer of a foreign order."""
    order = await counter.a_finished_order()
    buyer = await counter.a_customer(name="赵敏")
    path = f"/vehicles/{order['vehicle_id']}"
    assert (await change(counter, path, "owner", {"customer_id": buyer["id"]})).status_code in (200, 201)
    assert (await counter.get(path)).json()["customer_id"] == buyer["id"]
    [said] = await counter.said("vehicle_owner_changed", order["vehicle_id"])
    assert (said["customer_id"], said["previous_customer_id"]) == (buyer["id"], order["customer_id"])
    [own] = (await counter.get(f"{path}/history")).json()["items"]
    assert (own["ro_no"], own["total_fen"]) == (order["ro_no"], 69_500)
    [foreign] = (await counter.get(f"{path}/history", store="hz01")).json()["items"]
    assert (foreign["ro_no"], foreign["total_fen"], foreign["customer_id"]) == (order["ro_no"], None, None)


async def test_who_arrives_is_recognised_and_what_is_missing_is_asked_for(counter: Counter) -> None:
    """R2, R10: by plate, with the last reading; the incomplete file is on the list once its two days are over."""
    order = await counter.a_check_in()
    plate = order["plate"]
    [known] = (await counter.get("/arrivals", plate=plate, store_id="sh01")).json()["items"]
    assert (known["vehicle"]["id"], known["customer"]["id"]) == (order["vehicle_id"], order["customer_id"])
    assert known["missing"]
    overdue = await counter.get("/overdue-files", store_id="sh01")
    assert overdue.status_code == 200
    assert (await counter.get("/arrivals", "dispatcher", plate=plate, store_id="sh01")).status_code == 403


async def test_a_fleet_is_found_by_its_name_and_level(counter: Counter) -> None:
    fleet = await counter.a_customer(kind="company")
    terms = {"account_terms": True, "credit_limit_fen": 100, "fleet": "通达车队", "vip_level": 2}
    assert (await change(counter, f"/customers/{fleet['id']}", "terms", terms, "store_manager")).status_code == 200
    for query in ({"fleet": "通达车队"}, {"vip_level": 2}):
        found = (await counter.get("/customers", **query)).json()["items"]
        assert fleet["id"] in [item["id"] for item in found]


def a_sale(vin: str, version: int = 1, **fields: Any) -> VehicleSold:
    told: dict[str, Any] = {
        "vin": vin, "plate": None, "brand": "Volkswagen", "model": "Passat", "nature": "private", "kind": "person",
        "name": "钱多", "phone": "13911112222", "channel": "phone", "consent": True, "sold_on": "2026-11-01",
        "in_service_on": "2026-11-02",
    }  # fmt: skip
    return VehicleSold(about=About(subject=new_id(), version=version, store_id="sh01"), **(told | fields))


async def test_a_sold_car_enters_with_its_files_and_its_first_maintenance(counter: Counter) -> None:
    """K10: the sales system says it once or twice; files are opened, the warranty begins, the first maintenance is told."""
    vin = a_vin(777_001)
    sale = a_sale(vin)
    await counter.hear(sale)
    await counter.hear(sale)
    [car] = (await counter.get("/vehicles", vin=vin)).json()["items"]
    assert (car["in_service_on"], car["brand"]) == ("2026-11-02", "Volkswagen")
    owner = (await counter.get(f"/customers/{car['customer_id']}")).json()
    assert (owner["name"], owner["phone"]) == ("钱多", "13911112222")
    [opened] = await counter.said("vehicle_file_opened", car["id"])
    assert (opened["in_service_on"], opened["first_maintenance_on"], opened["first_maintenance_km"]) == (
        "2026-11-02", "2027-05-02", 5_000,
    )  # fmt: skip
    assert len(await counter.said("vehicle_identified", car["id"])) >= 1


@pytest.mark.usefixtures("at_noon")
async def test_sales_in_any_order_open_the_same_files(counter: Counter) -> None:
    """Reliability promise 8."""
    vins = [a_vin(777_100 + number) for number in range(2)]
    state = await every_order_leads_to_one_state(
        [a_sale(vins[0]), a_sale(vins[1], name="周全", phone="13911113333")],
        service="reception",
        hears=HEARS,
        database=counter.database,
        metadata=Base.metadata,
        ignoring=["id", "customer_id", "vehicle_id", "stage", "survivor_id", "contacts.id"],
    )
    assert sorted(row["vin"] for row in state["vehicles"] if row["vin"] in vins) == sorted(vins)
