"""Names, phones, plates, VINs and a person's own words stay where they are needed, and are nowhere else."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import pytest

from deploy import dead
from deploy.audit import Audit
from deploy.installation import Services
from shared import clock
from shared.database import new_id
from shared.events import About, catalogue
from shared.events.envelope import headers
from shared.events.reception import ContactChanged, VehicleIdentified
from shared.permissions import ROLES
from shared.relay import publish_confirmed
from shared.settings import SERVICES, Settings
from shared.topology import EVENTS
from shared.topology.management import management
from tests.callers import called_by, once
from tests.databases import as_role
from tests.journeys.canary import ANSWER, EVERYTHING, MAY_HOLD, PERSON, STORE, VEHICLE, drive_the_canary, recognised
from tests.journeys.records import tables
from tests.shared.turnstile import until
from tests.stack import Stack

PERSONAL = [kind for kind in catalogue().values() if kind.personal]


@pytest.fixture(scope="module")
async def canary(group: Services) -> Services:
    """The group, after the canary's car went through."""
    told = await drive_the_canary(group.urls)
    assert (told.delivered, told.answered, told.complaint, told.claims_paid) == (True, True, True, 1)
    return group


@pytest.fixture
async def letters(canary: Services, stack: Stack, tmp_path: Path) -> AsyncIterator[list[dead.Letter]]:
    """Personal facts that cannot be applied: follow-up cannot read one, claims refuses one."""
    unreadable = {**PERSON, "phone": [PERSON["phone"]], "channel": "phone", "consent": True}
    senseless = {**VEHICLE, "brand": "Shenlan", "model": "S7", "nature": "private", "in_service_on": PERSON["name"]}
    await say(stack.settings, ContactChanged.type, json.dumps(unreadable))
    await say(stack.settings, VehicleIdentified.type, json.dumps(senseless))
    wanted, found = dead.Wanted(SERVICES), list[dead.Letter]()

    async def both() -> bool:
        found[:] = await dead.found(stack.settings, wanted)
        return len(found) == 2

    await until(both)
    yield found
    await dead.discard(stack.settings, wanted, Audit(tmp_path / "audit.jsonl"))


async def test_each_service_keeps_only_what_it_needs_of_a_person(canary: Services, stack: Stack) -> None:
    """Every column of every table: parts knows nobody, the workshop the car, follow-up the person."""
    for service in SERVICES:
        held = set()
        async with as_role(f"{service}_owner", service, stack.settings) as owner:
            for table in await tables(owner):
                held |= set(recognised("\n".join(await texts(owner, f"SELECT t::text FROM {table} AS t"))))
        assert held == set(MAY_HOLD[service].values()), service


async def test_general_facts_and_their_headers_name_nobody(canary: Services, stack: Stack) -> None:
    """K9: ids only."""
    personal = [kind.type for kind in PERSONAL]
    said = 0
    for service in SERVICES:
        async with as_role(f"{service}_owner", service, stack.settings) as owner:
            general = await texts(owner, "SELECT o::text FROM outbox AS o WHERE NOT type = ANY($1)", personal)
            said += len(general)
            assert recognised("\n".join(general)) == [], service
            named = await texts(owner, "SELECT routing_key || headers::text FROM outbox WHERE type = ANY($1)", personal)
            assert recognised("\n".join(named)) == [], service
    assert said > 15, "there was something to search"


async def test_personal_facts_reach_only_the_hearers_that_they_name(canary: Services, stack: Stack) -> None:
    async with management(stack.settings) as broker:
        bindings: list[dict[str, Any]] = await broker.ask("GET", "bindings", stack.settings.vhost)
    for kind in PERSONAL:
        key = f"{STORE}.{kind.type}"
        reached = {
            (bound["destination_type"], bound["destination"])
            for bound in bindings
            if bound["source"] == EVENTS and fits(bound["routing_key"], key)
        }
        assert reached == {("queue", hearer) for hearer in kind.hearers}


async def test_logs_and_metrics_name_nobody(canary: Services, letters: list[dead.Letter]) -> None:
    """After a whole journey, searches by what is personal, refused and broken requests, and facts that could not be heard."""
    async with httpx.AsyncClient(timeout=20) as client:
        answers = [await client.send(request) for request in clumsy_requests(canary, client)]
        metrics = {service: (await client.get(f"{url}/metrics")).text for service, url in canary.urls.items()}
    assert {answer.status_code for answer in answers} == {200, 401, 404, 409, 422}
    problems = [answer.text for answer in answers if answer.headers["content-type"] == "application/problem+json"]
    assert [told for told in problems if recognised(told)] == [], "no problem echoes what came in"
    assert {service: recognised(told) for service, told in metrics.items() if recognised(told)} == {}
    logs = {service: (canary.folder / f"{service}.log").read_text() for service in SERVICES}
    assert all(logs.values())
    assert {service: recognised(told) for service, told in logs.items() if recognised(told)} == {}


async def test_a_dead_letter_says_why_without_naming_anybody(letters: list[dead.Letter], stack: Stack, tmp_path: Path) -> None:
    """What `loop4s dead list` and `show` tell, and every header; the body is the fact itself and is opened on record only."""
    assert {letter.service: letter.reason for letter in letters} == {"followup": "malformed", "claims": "refused"}
    assert recognised(dead.as_json(letters) + dead.as_lines(dead.grouped(letters))) == []
    audit = Audit(tmp_path / "audit.jsonl")
    opened = await dead.opened(stack.settings, dead.Wanted(SERVICES), audit)
    assert recognised(json.dumps([headers for _, headers, _ in opened], default=str)) == []
    assert recognised(audit.file.read_text()) == []
    assert all(recognised(body.decode()) for _, _, body in opened), "the canary was in it"


def clumsy_requests(group: Services, client: httpx.AsyncClient) -> list[httpx.Request]:
    """Searches, and what people get wrong."""
    reception, console = group.url("reception"), group.url("console")
    staff = called_by(*sorted(ROLES), store=STORE)
    customers, vehicles = f"{reception}/stores/{STORE}/customers", f"{reception}/stores/{STORE}/vehicles"
    again = {**VEHICLE, "brand": "Shenlan", "model": "S7", "customer_id": str(new_id())}
    return [
        client.build_request("GET", f"{reception}/customers", params={"name": PERSON["name"]}, headers=staff),
        client.build_request("GET", f"{reception}/vehicles", params=VEHICLE, headers=staff),
        client.build_request("GET", f"{reception}/repair-orders", params={"plate": VEHICLE["plate"]}, headers=staff),
        client.build_request("GET", f"{reception}/repair-orders", params={"ro_no": VEHICLE["plate"]}, headers=staff),
        client.build_request("GET", f"{reception}/vehicles/{VEHICLE['plate']}", headers=staff),
        client.build_request("GET", f"{reception}/{PERSON['name']}", headers=staff),
        client.build_request("GET", f"{reception}/customers", params={"name": PERSON["name"]}),
        client.build_request("POST", vehicles, json=again, headers=staff | once()),
        client.build_request("POST", vehicles, json=again | {"vin": VEHICLE["vin"][:-1]}, headers=staff | once()),
        client.build_request("POST", customers, json={**PERSON, "phone": PERSON["phone"] + "?"}, headers=staff | once()),
        client.build_request("POST", customers, json={**PERSON, **EVERYTHING}, headers=staff | once()),
        client.build_request("POST", customers, content=f'{{"name": "{PERSON["name"]}", ', headers=staff | once()),
        client.build_request("POST", f"{group.url('followup')}/surveys/{ANSWER['answer']}/answer", headers=staff | once()),
        client.build_request("GET", f"{console}/board", params={"store": VEHICLE["plate"]}),
        client.build_request("POST", f"{console}/login", data={"name": PERSON["name"], "password": PERSON["phone"]},
                             headers={"Origin": console}),
    ]  # fmt: skip


async def say(conf: Settings, type: str, body: str) -> None:
    """Publish a fact as reception's relay would."""
    connection = await aio_pika.connect(conf.broker_url(type.partition(".")[0]))
    async with connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        id = new_id()
        about = About(subject=new_id(), version=1, store_id=STORE)
        written = headers(id=id, type=type, time=clock.now(), about=about, causation=id, actor="user:test",
                          business_date="2026-01-01", traceparent=None)  # fmt: skip
        message = aio_pika.Message(body.encode(), headers=dict(written), message_id=str(id), type=type)
        await publish_confirmed(channel, EVENTS, f"{STORE}.{type}", message)


async def texts(connection: Any, query: str, *values: Any) -> list[str]:
    return [row[0] for row in await connection.fetch(query, *values)]


def fits(pattern: str, key: str) -> bool:
    """Whether a topic exchange sends the key there."""
    words = {"*": r"[^.]+", "#": ".*"}
    return bool(re.fullmatch(r"\.".join(words.get(word, re.escape(word)) for word in pattern.split(".")), key))
