"""Several people of one customer, when they may be called, and what they allowed – word for word."""

from typing import Any
from uuid import uuid4

import pytest

from shared import clock
from tests.reception.counter import Counter
from tests.reception.words import NOON

DRIVER = {"name": "赵师傅", "role": "driver", "phone": "137 0013 7000"}
MANAGER = {
    "name": "李经理", "role": "fleet_manager", "phone": "021-6587 4392", "email": "li@example.com", "channel": "wechat",
    "quiet_from_minutes": 12 * 60, "quiet_until_minutes": 14 * 60 + 30,
}  # fmt: skip


async def test_a_file_is_opened_with_its_first_contact(counter: Counter) -> None:
    """R2."""
    customer = await counter.a_customer()
    [first] = (await counter.get(f"/customers/{customer['id']}/contacts")).json()["items"]
    assert (first["name"], first["role"], first["phone"], first["is_primary"]) == ("王芳", "owner", "138 0013 8000", True)
    company = await counter.a_customer(kind="company", name="浦东物流", contact_name="陈总")
    [first] = (await counter.get(f"/customers/{company['id']}/contacts")).json()["items"]
    assert (first["name"], first["role"]) == ("陈总", "office")
    [said] = await counter.said("contact_changed", company["id"])
    assert said["name"] == "浦东物流 陈总"


async def test_others_hear_of_who_is_asked_for_first_and_when_nobody_calls(counter: Counter) -> None:
    """K10, F1: quiet hours go with the contact."""
    company = await counter.a_customer(kind="company", name="浦东物流")
    path = f"/customers/{company['id']}/contacts"
    await counter.change(path, DRIVER)
    assert len(await counter.said("contact_changed", company["id"])) == 1, "a driver is asked for by nobody else"
    manager = await counter.change(path, MANAGER | {"is_primary": True})
    said = (await counter.said("contact_changed", company["id"]))[-1]
    told = {
        "name": "浦东物流 李经理",
        "phone": MANAGER["phone"],
        "channel": "wechat",
        "quiet_from": "12:00",
        "quiet_until": "14:30",
    }
    assert told.items() <= said.items()
    people = (await counter.get(path)).json()["items"]
    assert {person["name"]: person["is_primary"] for person in people} == {"浦东物流": False, "赵师傅": False, "李经理": True}
    assert (await counter.file(company["id"]))["phone"] == MANAGER["phone"]
    moved = MANAGER | {"is_primary": True, "quiet_from_minutes": 22 * 60, "quiet_until_minutes": 7 * 60}
    await counter.change(f"{path}/{manager['id']}", moved)
    said = (await counter.said("contact_changed", company["id"]))[-1]
    assert (said["quiet_from"], said["quiet_until"]) == ("22:00", "07:00")


async def test_changing_how_a_customer_is_reached_changes_the_first_contact(counter: Counter) -> None:
    """R2: the request that was there before goes on working."""
    customer = await counter.a_customer()
    told = {"name": "王小芳", "phone": "139 0013 9000", "channel": "sms", "consent": True}
    await counter.change(f"/customers/{customer['id']}/contact", told)
    [first] = (await counter.get(f"/customers/{customer['id']}/contacts")).json()["items"]
    assert (first["name"], first["phone"], first["channel"]) == ("王小芳", "139 0013 9000", "sms")


async def test_the_first_contact_stays_until_another_one_takes_its_place(counter: Counter) -> None:
    customer = await counter.a_customer()
    path = f"/customers/{customer['id']}/contacts"
    [first] = (await counter.get(path)).json()["items"]
    version = (await counter.file(customer["id"]))["etag"]
    body = {"name": "王芳", "role": "owner", "phone": "138 0013 8000"}
    for refused in (
        await counter.post(f"{path}/{first['id']}/removal", {}, version=version),
        await counter.post(f"{path}/{first['id']}", body, version=version),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "primary_contact")
    driver = await counter.change(path, DRIVER | {"is_primary": True})
    await counter.change(f"{path}/{first['id']}/removal", {})
    assert [person["id"] for person in (await counter.get(path)).json()["items"]] == [driver["id"]]
    gone = await counter.post(f"{path}/{first['id']}/removal", {}, version=(await counter.file(customer["id"]))["etag"])
    assert (gone.status_code, gone.json()["code"]) == (404, "not_found")


async def test_a_contact_is_changed_only_through_its_own_customer(counter: Counter) -> None:
    ours, theirs = await counter.a_customer(), await counter.a_customer()
    [first] = (await counter.get(f"/customers/{theirs['id']}/contacts")).json()["items"]
    for id in (first["id"], str(uuid4())):
        answer = await counter.post(f"/customers/{ours['id']}/contacts/{id}", DRIVER, version=ours["etag"])
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    "wrong",
    [
        {"role": "king"}, {"phone": "1"}, {"email": "li"}, {"email": "li@@example.com"}, {"channel": "pigeon"},
        {"quiet_from_minutes": 720}, {"quiet_from_minutes": 1440, "quiet_until_minutes": 0},
        {"quiet_from_minutes": 60, "quiet_until_minutes": 60}, {"quiet_from_minutes": True, "quiet_until_minutes": 0},
        {"name": " "}, {"is_primary": "yes"}, {"customer_id": str(uuid4())},
    ],
)  # fmt: skip
async def test_a_contact_that_cannot_be_meant_is_refused(counter: Counter, wrong: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    answer = await counter.post(f"/customers/{customer['id']}/contacts", DRIVER | wrong, version=customer["etag"])
    assert answer.status_code == 422


async def test_every_word_is_kept_and_the_newest_one_counts(counter: Counter) -> None:
    """R10; PIPL: purpose, text, channel, time, who took it down; withdrawn as easily as given."""
    customer = await counter.a_customer()
    path = f"/customers/{customer['id']}/consents"
    await counter.change(path, {"purpose": "marketing", "given": True, "text_version": "2026-1", "channel": "paper"})
    await counter.change(path, {"purpose": "photos", "given": True, "text_version": "2026-1"})
    assert (await counter.said("contact_changed", customer["id"]))[-1]["consents"] == ["marketing", "photos"]
    await counter.change(path, {"purpose": "marketing", "given": False, "text_version": "2026-1", "channel": "phone"})
    told = (await counter.get(path)).json()
    assert told["in_force"] == {"marketing": False, "photos": True, "service_calls": True}
    words = [(word["purpose"], word["given"], word["channel"], word["by"]) for word in told["items"]]
    assert words == [
        ("service_calls", True, "counter", "user:lin.wei"),
        ("marketing", True, "paper", "user:lin.wei"),
        ("photos", True, "counter", "user:lin.wei"),
        ("marketing", False, "phone", "user:lin.wei"),
    ]
    assert (await counter.said("contact_changed", customer["id"]))[-1]["consents"] == ["photos"]


async def test_the_word_on_service_calls_is_the_one_that_followup_obeys(counter: Counter) -> None:
    """F1: given with the contact or on its own, it is one consent."""
    customer = await counter.a_customer()
    path = f"/customers/{customer['id']}"
    await counter.change(f"{path}/consents", {"purpose": "service_calls", "given": False, "text_version": "2026-1"})
    assert (await counter.file(customer["id"]))["consent"] is False
    assert (await counter.said("contact_changed", customer["id"]))[-1]["consent"] is False
    told = {"name": "王芳", "phone": "138 0013 8000", "consent": True}
    await counter.change(f"{path}/contact", told)
    await counter.change(f"{path}/contact", told)
    words = (await counter.get(f"{path}/consents")).json()["items"]
    assert [word["given"] for word in words] == [True, False, True], "the same word twice is one word"


async def test_a_word_names_the_text_that_the_home_store_uses(counter: Counter) -> None:
    own = {"value": {"consent_text": "NY-7"}, "valid_from": "2026-11-01T00:00:00Z"}
    assert (await counter.post("/stores/hz01/policies/files", own, "store_manager", store="hz01")).status_code == 201
    with clock.stopped(NOON):
        customer = await counter.a_customer(store="hz01")
    [word] = (await counter.get(f"/customers/{customer['id']}/consents")).json()["items"]
    assert (word["text_version"], word["at"]) == ("NY-7", "2026-11-21T04:00:00Z")


@pytest.mark.parametrize(
    "wrong", [{"purpose": "everything"}, {"given": "yes"}, {"text_version": ""}, {"channel": "dream"}, {"at": "2020-01-01"}]
)
async def test_a_consent_that_cannot_be_meant_is_refused(counter: Counter, wrong: dict[str, Any]) -> None:
    customer = await counter.a_customer()
    body = {"purpose": "marketing", "given": True, "text_version": "2026-1"} | wrong
    assert (await counter.post(f"/customers/{customer['id']}/consents", body, version=customer["etag"])).status_code == 422


async def test_a_dispatcher_sees_none_of_it(counter: Counter) -> None:
    """K9."""
    customer = await counter.a_customer()
    car = await counter.a_vehicle(customer["id"])
    for path in (
        f"/customers/{customer['id']}", f"/customers/{customer['id']}/contacts", f"/customers/{customer['id']}/consents",
        f"/customers/{customer['id']}/vehicles", f"/vehicles/{car['id']}/owners", f"/vehicles/{car['id']}/history",
        "/overdue-files", "/customers?fleet=x",
    ):  # fmt: skip
        answer = await counter.get(path, "dispatcher")
        assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed"), path
