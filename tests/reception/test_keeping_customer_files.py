"""Files of customers and vehicles: one in the whole group, found in a moment, told to who needs to know."""

from uuid import uuid4

import pytest

from tests.callers import called_by, once
from tests.reception.counter import Counter
from tests.reception.words import a_vin

OTHER = "sh02"


async def test_a_returning_customer_is_found_by_phone_or_name_in_any_store(counter: Counter) -> None:
    """R2."""
    name = f"欧阳{uuid4().hex[:8]}"
    customer = await counter.a_customer(name=name, phone="+86 21-6587 4391")
    for query in ({"phone_tail": "4391"}, {"name": name[:6]}, {"name": name, "phone_tail": "4391"}):
        found = (await counter.get("/customers", store=OTHER, **query)).json()["items"]
        assert customer["id"] in {file["id"] for file in found}
    assert (await counter.get("/customers", name=f"{name}%")).json()["items"] == []


async def test_lists_of_persons_are_only_given_for_a_search(counter: Counter) -> None:
    for path in ("/customers", "/vehicles"):
        answer = await counter.get(path)
        assert (answer.status_code, answer.json()["code"]) == (422, "filter_missing")


async def test_a_car_is_found_by_its_plate(counter: Counter) -> None:
    """R2."""
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    for query in ({"plate": car["plate"].lower()}, {"vin": car["vin"].lower()}):
        [found] = (await counter.get("/vehicles", store=OTHER, **query)).json()["items"]
        assert (found["id"], found["home_store_id"], found["customer_id"]) == (car["id"], "sh01", customer["id"])


async def test_the_group_knows_each_car_once(counter: Counter) -> None:
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    again = {"vin": car["vin"], "plate": "沪B99999", "brand": "VW", "model": "Golf", "customer_id": customer["id"]}
    answer = await counter.post(f"/stores/{OTHER}/vehicles", again, store=OTHER)
    assert (answer.status_code, answer.json()["code"]) == (409, "vin_known")
    assert answer.json()["parameters"] == {"vehicle_id": car["id"]}


async def test_a_misread_vin_of_a_chinese_car_names_its_field(counter: Counter) -> None:
    customer = await counter.a_customer()
    right = a_vin(77, prefix="LSVAU218?7E")
    wrong = f"{right[:8]}{'1' if right[8] != '1' else '2'}{right[9:]}"
    body = {"vin": wrong, "plate": "沪B99999", "brand": "VW", "model": "Golf", "customer_id": customer["id"]}
    answer = await counter.post("/stores/sh01/vehicles", body)
    assert answer.status_code == 422
    assert [(error["loc"], error["type"]) for error in answer.json()["errors"]] == [(["body", "vin"], "vin_check_digit")]
    assert wrong not in answer.text


async def test_an_imported_car_with_an_odd_vin_is_taken_with_a_warning(counter: Counter) -> None:
    customer = await counter.a_customer()
    right = a_vin(999_111)
    car = await counter.a_vehicle(customer["id"], vin=f"{right[:8]}{'1' if right[8] != '1' else '2'}{right[9:]}")
    assert car["warnings"] == ["vin_check_digit"]
    told = await counter.said("vehicle_identified", car["id"])
    assert [fact["vin"] for fact in told] == [car["vin"]]


async def test_a_changed_contact_is_said_whole(counter: Counter) -> None:
    """R2: stale file data is completed; followup hears how to reach the customer now."""
    customer = await counter.a_customer()
    told = {"name": "王芳", "phone": "139 0013 9000", "channel": "wechat", "consent": False}
    changed = await counter.made(f"/customers/{customer['id']}/contact", told, version=customer["etag"], store=OTHER)
    assert (changed["phone"], changed["version"], changed["home_store_id"]) == ("139 0013 9000", 2, "sh01")
    said = (await counter.said("contact_changed", customer["id"]))[-1]
    assert told.items() <= said.items()

    answer = await counter.post(f"/customers/{customer['id']}/contact", told, version=customer["etag"])
    assert answer.status_code == 412


async def test_a_car_that_changes_hands_is_identified_anew(counter: Counter) -> None:
    seller, buyer = await counter.a_customer(), await counter.a_customer(name="赵雷")
    car = await counter.a_vehicle(seller["id"])
    now = {
        "plate": "浙A00001", "brand": "Volkswagen", "model": "Passat", "nature": "commercial", "in_service_on": "2025-03-01",
        "customer_id": buyer["id"],
    }  # fmt: skip
    changed = await counter.made(f"/vehicles/{car['id']}/identity", now, version=car["etag"])
    assert (changed["customer_id"], changed["version"]) == (buyer["id"], 3)
    [_, fact] = await counter.said("vehicle_identified", car["id"])
    assert (fact["plate"], fact["nature"], fact["in_service_on"]) == ("浙A00001", "commercial", "2025-03-01")


@pytest.mark.parametrize("day", [20250301, "2025-02-30", "yesterday", "0", "20250301", "2025-03-01T00:00:01", True])
async def test_only_a_calendar_day_is_one(counter: Counter, day: object) -> None:
    customer = await counter.a_customer()
    body = {"vin": a_vin(999_005), "plate": "沪B99999", "brand": "VW", "model": "Golf", "customer_id": customer["id"]}
    answer = await counter.post("/stores/sh01/vehicles", body | {"in_service_on": day})
    assert answer.status_code == 422


async def test_a_file_is_opened_once_however_often_the_request_is_repeated(counter: Counter) -> None:
    body = {"name": "王芳", "phone": "138 0013 8000", "consent": True}
    headers = called_by("advisor") | once()
    first = await counter.client.post("/stores/sh01/customers", json=body, headers=headers)
    again = await counter.client.post("/stores/sh01/customers", json=body, headers=headers)
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert len(await counter.said("contact_changed", first.json()["id"])) == 1
