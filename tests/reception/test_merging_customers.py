"""Two files of one customer become one: everything goes to the file that holds, and who knows the other one is led there."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.reception.handlers.customers import open_file
from shared.cause import Cause, bound
from shared.database import new_id
from shared.refusal import Refused
from tests.callers import called_by, once
from tests.reception.counter import Counter, Told
from tests.reception.words import a_complaint


async def merge(counter: Counter, given_up: Told, into: Told) -> Told:
    """The file that holds."""
    return await counter.change(f"/customers/{given_up['id']}/merge", {"into_customer_id": into["id"]}, "store_manager")


async def test_everything_goes_to_the_file_that_holds(counter: Counter) -> None:
    """R2: cars, contacts, consents, complaints, what is to be completed."""
    twin, file = await counter.a_customer(name="王芳芳"), await counter.a_customer()
    car, own = await counter.a_vehicle(twin["id"]), await counter.a_vehicle(file["id"])
    order = await counter.a_visit(car, twin["id"])
    driver = {"name": "赵师傅", "role": "driver", "phone": "137 0013 7000"}
    await counter.change(f"/customers/{twin['id']}/contacts", driver)
    await counter.change(f"/customers/{twin['id']}/contacts", {"name": "王芳", "role": "owner", "phone": "13800138000"})
    marketing = {"purpose": "marketing", "given": True, "text_version": "2026-1"}
    await counter.change(f"/customers/{twin['id']}/consents", marketing)
    await counter.hear(a_complaint(UUID(twin["id"])))

    holds = await merge(counter, twin, file)
    assert holds["id"] == file["id"]
    path = f"/customers/{file['id']}"
    assert {each["id"] for each in (await counter.get(f"{path}/vehicles")).json()["items"]} == {car["id"], own["id"]}
    people = (await counter.get(f"{path}/contacts")).json()["items"]
    assert sorted((each["name"], each["is_primary"]) for each in people) == [
        ("王芳", True), ("王芳芳", False), ("赵师傅", False),
    ]  # fmt: skip
    consents = (await counter.get(f"{path}/consents")).json()
    assert consents["in_force"] == {"marketing": True, "service_calls": True}
    assert {word["customer_id"] for word in consents["items"]} == {twin["id"], file["id"]}, (
        "words keep the file they were given to"
    )
    overdue = (await counter.get("/overdue-files", limit=200)).json()["items"]
    assert [each["customer_id"] for each in overdue if each["ro_id"] == order["id"]] == [file["id"]]
    assert (await counter.get(f"/vehicles/{car['id']}/owners")).json()["items"][0]["customer_id"] == file["id"]
    assert (await counter.get(f"/repair-orders/{order['id']}")).json()["customer_id"] == twin["id"], "as it was signed"

    [said] = await counter.said("customer_merged", twin["id"])
    assert said["into_customer_id"] == file["id"]
    assert (await counter.said("contact_changed", file["id"]))[-1]["consents"] == ["marketing"]
    later = await counter.a_visit(car, file["id"], odometer_km=42_500)
    assert later["open_complaint"] is True, "the complaint of the given-up file is the customer's"


async def test_a_complaint_that_comes_later_under_the_old_id_is_flagged(counter: Counter) -> None:
    """F4: the repair order that it is about was signed with the old one."""
    twin, file = await counter.a_customer(), await counter.a_customer()
    await merge(counter, twin, file)
    await counter.hear(a_complaint(UUID(twin["id"])))
    car = await counter.a_vehicle(file["id"])
    assert (await counter.a_visit(car, file["id"]))["open_complaint"] is True


async def test_the_orders_of_a_customer_are_those_of_all_merged_files(counter: Counter) -> None:
    """R10: each keeps the id that was signed, and a list by customer finds them all."""
    first, second, third = [await counter.a_customer() for _ in range(3)]
    orders = [await counter.a_check_in(customer=file) for file in (first, second, third)]
    await merge(counter, first, second)
    await merge(counter, second, third)
    found = (await counter.get("/repair-orders", customer_id=third["id"])).json()["items"]
    assert [(order["id"], order["customer_id"]) for order in found] == [
        (order["id"], order["customer_id"]) for order in reversed(orders)
    ]


async def test_who_knows_the_old_file_is_led_to_the_one_that_holds(counter: Counter) -> None:
    """Chains of merges lead to the last."""
    first, second, third = [await counter.a_customer() for _ in range(3)]
    await merge(counter, first, second)
    await merge(counter, second, third)
    for old in (first, second):
        for rest in ("", "/contacts", "/consents", "/vehicles"):
            answer = await counter.get(f"/customers/{old['id']}{rest}")
            assert (answer.status_code, answer.headers["location"]) == (308, f"/customers/{third['id']}{rest}")
    assert (await counter.client.get(f"/customers/{first['id']}", headers=called_by("advisor"), follow_redirects=True)).json()[
        "id"
    ] == third["id"]
    found = (await counter.get("/customers", name="王芳", phone_tail="8000", limit=200)).json()["items"]
    assert not {first["id"], second["id"]} & {each["id"] for each in found}


WRITES: dict[str, Told] = {
    "contact": {"name": "王芳", "phone": "138 0013 8000", "consent": True},
    "details": {"address": "x"},
    "confirmation": {},
    "contacts": {"name": "赵", "role": "driver", "phone": "137 0013 7000"},
    "consents": {"purpose": "photos", "given": True, "text_version": "1"},
}


@pytest.mark.parametrize("path", WRITES)
async def test_nothing_is_written_to_a_file_that_was_given_up(counter: Counter, path: str) -> None:
    """Whatever version the writer saw: the answer names the file that holds."""
    first, second, third = [await counter.a_customer() for _ in range(3)]
    await merge(counter, first, second)
    await merge(counter, second, third)
    answer = await counter.post(f"/customers/{first['id']}/{path}", WRITES[path], version=first["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "customer_merged")
    assert answer.json()["parameters"] == {"customer_id": first["id"], "into_customer_id": third["id"]}


async def test_no_terms_are_agreed_for_a_file_that_was_given_up(counter: Counter) -> None:
    twin, file = await counter.a_customer(), await counter.a_customer()
    await merge(counter, twin, file)
    answer = await counter.post(f"/customers/{twin['id']}/terms", {"account_terms": True}, "store_manager", version=1)
    assert (answer.status_code, answer.json()["code"]) == (409, "customer_merged")


async def test_nothing_new_begins_with_a_file_that_was_given_up(counter: Counter) -> None:
    """Check-in, appointment, rescue, new car, new owner, identity."""
    twin, file = await counter.a_customer(), await counter.a_customer()
    car = await counter.a_vehicle(file["id"])
    await merge(counter, twin, file)
    visit = {"vehicle_id": car["id"], "customer_id": twin["id"], "words": "x", "odometer_km": 1, "fuel_bp": 0}
    described = {"plate": "沪A00001", "brand": "VW", "model": "Golf", "customer_id": twin["id"]}
    version = (await counter.get(f"/vehicles/{car['id']}")).json()["version"]
    booked = {
        "vehicle_id": car["id"], "customer_id": twin["id"], "starts_at": "2099-11-21T09:00:00+08:00",
        "needs": [{"skill": "mechanical", "bay_group": "lift", "hours_milli": 1_000}],
    }  # fmt: skip
    call = {"caller_name": "赵强", "caller_phone": "139 0013 9000", "location": "沪昆高速", "words": "抛锚"}
    for answer in (
        await counter.post("/stores/sh01/check-ins", visit),
        await counter.post("/stores/sh01/appointments", booked),
        await counter.post("/stores/sh01/rescue-calls", call | {"customer_id": twin["id"]}),
        await counter.post("/stores/sh01/vehicles", {**described, "vin": "WVWZZZ3C07E999999"}),
        await counter.post(f"/vehicles/{car['id']}/owner", {"customer_id": twin["id"]}, version=version),
        await counter.post(f"/vehicles/{car['id']}/identity", described, version=version),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "customer_merged"), answer.text
        assert answer.json()["parameters"]["into_customer_id"] == file["id"]


async def test_what_cannot_be_merged_is_refused(counter: Counter) -> None:
    file, company, gone = await counter.a_customer(), await counter.a_customer(kind="company"), await counter.a_customer()
    await merge(counter, gone, file)

    async def refused(given_up: Told, into: str, version: int) -> tuple[int, str]:
        body = {"into_customer_id": into}
        answer = await counter.post(f"/customers/{given_up['id']}/merge", body, "store_manager", version=version)
        return answer.status_code, answer.json()["code"]

    now = (await counter.file(file["id"]))["etag"]
    assert await refused(file, file["id"], now) == (422, "merge_into_itself")
    assert await refused(file, gone["id"], now) == (409, "customer_merged")
    assert await refused(gone, file["id"], 1) == (409, "customer_merged")
    assert await refused(file, company["id"], now) == (409, "kinds_differ")
    assert await refused(file, str(uuid4()), now) == (422, "customer_unknown")
    assert await refused(file, company["id"], now + 7) == (412, "stale")
    assert await refused({"id": str(uuid4())}, file["id"], 1) == (404, "not_found")
    headers = called_by("store_manager") | once()
    body = {"into_customer_id": company["id"]}
    assert (await counter.client.post(f"/customers/{file['id']}/merge", json=body, headers=headers)).status_code == 428
    assert (await counter.file(file["id"]))["merged_into"] is None


@pytest.mark.parametrize("body", [{}, {"into_customer_id": "x"}, {"into_customer_id": 7}, {"into": str(uuid4())}])
async def test_a_merge_that_cannot_be_meant_is_refused(counter: Counter, body: Told) -> None:
    file = await counter.a_customer()
    answer = await counter.post(f"/customers/{file['id']}/merge", body, "store_manager", version=file["etag"])
    assert answer.status_code == 422


async def test_an_advisor_merges_nobody(counter: Counter) -> None:
    twin, file = await counter.a_customer(), await counter.a_customer()
    answer = await counter.post(f"/customers/{twin['id']}/merge", {"into_customer_id": file["id"]}, version=twin["etag"])
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")


async def test_the_newest_word_of_both_files_counts(counter: Counter) -> None:
    """PIPL: who withdrew last is called by nobody, whichever file it was written into."""
    twin, file = await counter.a_customer(), await counter.a_customer()
    word = {"purpose": "service_calls", "given": False, "text_version": "2026-1"}
    await counter.change(f"/customers/{twin['id']}/consents", word)
    holds = await merge(counter, twin, file)
    assert holds["consent"] is False
    assert (await counter.said("contact_changed", file["id"]))[-1]["consent"] is False


async def test_merging_both_ways_at_the_same_moment_leaves_one_file(counter: Counter) -> None:
    """Both are locked in one order: one merge happens, the other one is told that its file is another by now."""
    for _ in range(8):
        files = [await counter.a_customer() for _ in range(2)]
        cars = [await counter.a_vehicle(file["id"]) for file in files]

        async def give_up(which: int, files: list[Told] = files) -> tuple[int, str]:
            body = {"into_customer_id": files[1 - which]["id"]}
            path = f"/customers/{files[which]['id']}/merge"
            answer = await counter.post(path, body, "store_manager", version=files[which]["etag"])
            return answer.status_code, answer.json().get("code", "")

        answers = sorted(await asyncio.gather(give_up(0), give_up(1)))
        assert answers == [(200, ""), (412, "stale")]
        holding = [file for file in files if (await counter.get(f"/customers/{file['id']}")).status_code == 200]
        assert len(holding) == 1
        mine = (await counter.get(f"/customers/{holding[0]['id']}/vehicles")).json()["items"]
        assert {car["id"] for car in mine} == {car["id"] for car in cars}


async def test_a_ring_of_merges_at_the_same_moment_ends_in_one_file(counter: Counter) -> None:
    """Three files into each other in a circle: never a circle afterwards."""
    for _ in range(5):
        ring = [await counter.a_customer() for _ in range(3)]

        async def give_up(which: int, ring: list[Told] = ring) -> int:
            body = {"into_customer_id": ring[(which + 1) % 3]["id"]}
            path = f"/customers/{ring[which]['id']}/merge"
            return (await counter.post(path, body, "store_manager", version=ring[which]["etag"])).status_code

        answers = await asyncio.gather(*(give_up(which) for which in range(3)))
        assert set(answers) <= {200, 409, 412, 503}, answers
        ends = set()
        for file in ring:
            answer = await counter.client.get(f"/customers/{file['id']}", headers=called_by("advisor"), follow_redirects=True)
            ends.add(answer.json()["id"])
        assert len(ends) == 3 - answers.count(200)


async def test_cars_that_arrive_while_a_file_is_given_up_are_not_left_behind(counter: Counter) -> None:
    """New cars, owners and check-ins either come before the merge and go along, or are told which file holds."""
    twin, file = await counter.a_customer(), await counter.a_customer()
    cars = [await counter.a_vehicle(twin["id"]) for _ in range(4)]
    bought = [await counter.a_vehicle((await counter.a_customer())["id"]) for _ in range(4)]

    async def arrive(car: Told) -> int:
        body = {"vehicle_id": car["id"], "customer_id": twin["id"], "words": "x", "odometer_km": 9, "fuel_bp": 0}
        return (await counter.post("/stores/sh01/check-ins", body)).status_code

    async def buy(car: Told) -> int:
        path = f"/vehicles/{car['id']}/owner"
        return (await counter.post(path, {"customer_id": twin["id"]}, version=car["etag"])).status_code

    async def give_up() -> int:
        body = {"into_customer_id": file["id"]}
        path = f"/customers/{twin['id']}/merge"
        return (await counter.post(path, body, "store_manager", version=twin["etag"])).status_code

    work: list[Any] = [*map(arrive, cars), give_up(), *map(buy, bought)]
    answers = await asyncio.gather(*work)
    assert set(answers) <= {200, 201, 409, 503}
    if answers[4] != 200:  # it had to wait for too many: once more, alone
        assert await give_up() == 200
    left = (await counter.get(f"/customers/{file['id']}/vehicles", limit=200)).json()["items"]
    expected = {car["id"] for car in cars} | {
        car["id"] for car, status in zip(bought, answers[5:], strict=True) if status == 200
    }
    assert {car["id"] for car in left} == expected
    owners = [(await counter.get(f"/vehicles/{id}")).json()["customer_id"] for id in expected]
    assert set(owners) == {file["id"]}


async def test_whoever_names_a_file_holds_it_until_they_are_done(counter: Counter) -> None:
    """Asked by a handler: the file that is named cannot be given up before the asker has committed."""
    twin, file = await counter.a_customer(), await counter.a_customer()
    async with counter.database.transaction(["sh01"]) as session:
        with bound(Cause(new_id(), "user:test", ("sh01",))):
            assert (await open_file(UUID(twin["id"]), session)).id == UUID(twin["id"])
            body = {"into_customer_id": file["id"]}
            path = f"/customers/{twin['id']}/merge"
            waiting = await counter.post(path, body, "store_manager", version=twin["etag"])
            assert waiting.status_code == 503, "it waited, and gave up waiting"
    await merge(counter, twin, file)
    async with counter.database.transaction(["sh01"]) as session:
        with bound(Cause(new_id(), "user:test", ("sh01",))), pytest.raises(Refused, match="customer_merged"):
            await open_file(UUID(twin["id"]), session)
