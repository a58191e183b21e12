"""One trace from the request of a person through outbox, broker and hearers to what these say in turn."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from time import monotonic
from typing import Any

import aio_pika
import httpx
import pytest

from deploy.demo.journey import Journey
from deploy.demo.plan import cars
from deploy.demo.stores import open_store, staff
from deploy.demo.verdict import quiet
from deploy.installation import Services
from shared.settings import SERVICES, Settings
from shared.topology import EVENTS
from tests.callers import called_by, once
from tests.databases import as_role
from tests.stack import Stack

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]")
BY_THEMSELVES = {
    "followup.survey_due.v1", "parts.part_offered.v1", "workshop.capacity_changed.v1", "workshop.promise_at_risk.v1",
    "workshop.safety_finding_overdue.v1", "workshop.safety_round_missed.v1", "workshop.safety_round_overdue.v1",
}  # fmt: skip
"""Facts that nobody's request leads to, but the clock."""


@pytest.fixture(scope="module")
async def heard(group: Services, stack: Stack) -> dict[str, Any]:
    """A car whose people send the same trace with every request: what the broker carried meanwhile, headers by event id."""
    car = next(car for car in cars(5, ["sh01"], seed=11) if any(work.payer == "warranty" for work in car.works))
    async with listening(stack.settings) as carried:
        async with httpx.AsyncClient(timeout=20, headers={"traceparent": TRACEPARENT}) as client:
            store = staff("sh01", group.urls, client)
            await open_store(store, "trace")
            await Journey(car, store, monotonic(), step=lambda _: None).walk()
        still, _ = await quiet(stack.settings)
        assert still
    return carried


async def test_what_is_said_in_answer_belongs_to_the_trace_of_the_request(heard: dict[str, Any], stack: Stack) -> None:
    """Also what a hearer says because of what it heard: parts are reserved in the trace of the authorisation."""
    traced: dict[str, set[str]] = {}
    for service in SERVICES:
        async with as_role(f"{service}_owner", service, stack.settings) as owner:
            rows = await owner.fetch("SELECT type FROM outbox WHERE headers ->> 'traceparent' LIKE $1", f"00-{TRACE}-%")
        traced[service] = {row["type"] for row in rows}
    assert traced["parts"] >= {"parts.parts_reserved.v1", "parts.parts_issued.v1"}
    assert {service for service, types in traced.items() if types} == set(SERVICES) - {"console"}


async def test_a_fact_is_heard_with_the_trace_that_its_speaker_kept(heard: dict[str, Any], stack: Stack) -> None:
    kept: dict[str, tuple[str, str | None]] = {}
    for service in SERVICES:
        async with as_role(f"{service}_owner", service, stack.settings) as owner:
            rows = await owner.fetch("SELECT id::text, type, headers ->> 'traceparent' AS trace FROM outbox")
        kept |= {row["id"]: (row["type"], row["trace"]) for row in rows}
    assert len(heard) > 15
    assert {id: found.get("traceparent") for id, found in heard.items()} == {id: kept[id][1] for id in heard}
    outside = {kept[id][0] for id, found in heard.items() if TRACE not in str(found.get("traceparent"))}
    assert outside <= BY_THEMSELVES


async def test_a_trace_that_cannot_be_read_is_replaced_by_one_that_can(group: Services, stack: Stack) -> None:
    async with httpx.AsyncClient(timeout=20) as client:
        answer = await client.post(
            f"{group.url('reception')}/stores/sh01/customers",
            json={"name": "Zhao Lei", "phone": "13900000000", "consent": True},
            headers=called_by("advisor") | once() | {"traceparent": "00-no-trace-01"},
        )
    assert answer.status_code == 201
    async with as_role("reception_owner", "reception", stack.settings) as owner:
        query = "SELECT headers ->> 'traceparent' FROM outbox WHERE subject::text = $1"
        assert FORM.fullmatch(await owner.fetchval(query, answer.json()["id"]))


@asynccontextmanager
async def listening(conf: Settings) -> AsyncIterator[dict[str, Any]]:
    """The headers of every fact that the broker carries meanwhile, by event id."""
    carried: dict[str, Any] = {}

    async def note(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        carried[str(message.message_id)] = dict(message.headers)

    connection = await aio_pika.connect(conf.broker_url(conf.broker_admin))
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(EVENTS, "#")
        await queue.consume(note, no_ack=True)
        yield carried
