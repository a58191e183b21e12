"""Dead letters are listed by cause, brought back to work with their ids, or discarded, and every act is written down."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy import dead
from deploy.audit import Audit
from shared.database import new_id
from shared.events.reception import WorkAuthorised
from shared.relay import NotConfirmed, publish_confirmed
from shared.settings import Settings
from shared.topology.management import Management, apply
from tests.stack import Stack
from tests.virtual_hosts import a_virtual_host

TYPE = WorkAuthorised.type
BUG = f"{TYPE}|KeyError|parts.handlers.reserve_lines"
PARTS = dead.Wanted(("parts",))
BOTH = dead.Wanted(("parts", "workshop"))


@pytest.fixture
async def broker(stack: Stack) -> AsyncIterator[tuple[Settings, Management]]:
    async with a_virtual_host(stack.settings, {"parts": [WorkAuthorised], "workshop": [WorkAuthorised]}) as (
        here,
        topology,
        api,
    ):
        yield here, api
        await apply(topology, api)


@pytest.fixture
def here(broker: tuple[Settings, Management]) -> Settings:
    return broker[0]


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "data" / "audit.jsonl")


async def test_letters_are_grouped_by_their_cause(here: Settings) -> None:
    await a_letter(here, "parts", store="sh01", failed_at="2026-11-21T10:00:00+00:00")
    await a_letter(here, "parts", store="sh01", failed_at="2026-11-21T09:00:00+00:00")
    await a_letter(here, "parts", store="hz01")
    await a_letter(here, "workshop", fingerprint="other", reason="refused", error="illegal_transition")
    groups = dead.grouped(await dead.found(here, BOTH))
    assert [(group.service, group.store, group.fingerprint, group.count) for group in groups] == [
        ("parts", "hz01", BUG, 1),
        ("parts", "sh01", BUG, 2),
        ("workshop", "sh01", "other", 1),
    ]
    assert groups[1].oldest == "2026-11-21T09:00:00+00:00"
    assert (groups[2].reason, groups[2].error) == ("refused", "illegal_transition")


@pytest.mark.parametrize(
    ("limit", "left"), [({"store": "hz01"}, 1), ({"fingerprint": BUG}, 2), ({"type": "other.v1"}, 0), ({"event_id": "none"}, 0)]
)
async def test_letters_are_found_by_what_they_say(here: Settings, limit: dict[str, str], left: int) -> None:
    await a_letter(here, "parts", store="hz01")
    await a_letter(here, "parts")
    await a_letter(here, "parts", fingerprint="other")
    assert len(await dead.found(here, dead.Wanted(("parts",), **limit))) == left


async def test_letters_that_were_looked_at_stay_in_their_order(here: Settings) -> None:
    letters = [await a_letter(here, "parts", store=store) for store in ("sh01", "hz01", "sh02")]
    for _ in range(25):
        assert await ids(here, PARTS) == letters


async def test_a_replayed_letter_goes_back_to_work_as_it_was_said(here: Settings, audit: Audit) -> None:
    letter = await a_letter(here, "parts")
    assert [found.event_id for found in await dead.replay(here, PARTS, audit)] == [str(letter)]
    assert await ids(here, PARTS) == []
    message = await next_work(here, "parts")
    assert (message.message_id, message.type, message.body) == (str(letter), TYPE, b'{"ro_no": "SH01-1"}')
    assert dict(message.headers) == {"cloudEvents:id": str(letter), "cloudEvents:type": TYPE, "cloudEvents:storeid": "sh01",
                                     "traceparent": "00-1-2-01", "x-replayed": 1}  # fmt: skip


async def test_only_the_letters_that_are_meant_are_replayed(here: Settings, audit: Audit) -> None:
    first, _, third = [await a_letter(here, "parts", store=store) for store in ("sh01", "hz01", "sh02")]
    await dead.replay(here, dead.Wanted(("parts",), store="hz01"), audit)
    assert await ids(here, PARTS) == [first, third]


async def test_a_letter_that_the_broker_does_not_take_stays_with_the_ones_behind_it(
    broker: tuple[Settings, Management], audit: Audit
) -> None:
    here, api = broker
    letters = [await a_letter(here, "parts") for _ in range(2)]
    await api.ask("DELETE", "bindings", here.vhost, "e", "parts.own", "q", "parts", "work")
    with pytest.raises(NotConfirmed):
        await dead.replay(here, PARTS, audit)
    assert await ids(here, PARTS) == letters


async def test_a_discarded_letter_is_gone_and_written_down(here: Settings, audit: Audit) -> None:
    letter = await a_letter(here, "parts")
    await dead.discard(here, PARTS, audit)
    assert await ids(here, PARTS) == []
    (line,) = [json.loads(line) for line in audit.file.read_text().splitlines()]
    assert (line["act"], line["event_id"], line["fingerprint"]) == ("discarding a dead letter", str(letter), BUG)
    assert line["actor"] and datetime.fromisoformat(line["at"])


async def test_nothing_is_discarded_that_cannot_be_written_down(here: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    letter = await a_letter(here, "parts")
    with pytest.raises(OSError):
        await dead.discard(here, PARTS, Audit(tmp_path / "file" / "audit.jsonl"))
    assert await ids(here, PARTS) == [letter]


async def test_a_message_that_the_broker_gave_up_is_a_letter_too(broker: tuple[Settings, Management], audit: Audit) -> None:
    here, api = broker
    shape = {"dead-letter-exchange": "parts.own", "dead-letter-routing-key": "dead", "delivery-limit": 1}
    await api.ask("PUT", "policies", here.vhost, "parts", json={"pattern": "^parts$", "definition": shape, "priority": 10})
    letter = new_id()
    await put(here, "parts", "work", {"cloudEvents:id": str(letter), "cloudEvents:type": TYPE, "cloudEvents:storeid": "sh01"})
    async with a_channel(here, "parts") as channel:
        for _ in range(2):
            await (await received(channel, "parts")).reject(requeue=True)
    async with a_channel(here, "operator") as channel:
        await (await received(channel, "parts.dead")).nack(requeue=True)
    (found,) = await dead.found(here, PARTS)
    assert (found.event_id, found.reason, found.fingerprint) == (str(letter), "delivery_limit", f"{TYPE} delivery_limit")
    await dead.replay(here, PARTS, audit)
    assert (await next_work(here, "parts")).headers.keys() == {
        "cloudEvents:id", "cloudEvents:type", "cloudEvents:storeid", "x-replayed",
    }  # fmt: skip


async def a_letter(here: Settings, service: str, *, store: str = "sh01", **marks: str) -> UUID:
    """A dead letter as the inbox writes it; its event's id."""
    event_id = new_id()
    marked = {"fingerprint": BUG, "reason": "attempts", "error": "KeyError", "failed_at": "2026-11-21T08:00:00+00:00"} | marks
    headers = {
        "cloudEvents:id": str(event_id),
        "cloudEvents:type": TYPE,
        "cloudEvents:storeid": store,
        "traceparent": "00-1-2-01",
    }
    headers |= {f"x-{name.replace('_', '-')}": value for name, value in marked.items()}
    await put(here, service, "dead", {**headers, "x-attempt": 6})
    return event_id


async def put(here: Settings, service: str, key: str, headers: dict[str, Any]) -> None:
    async with a_channel(here, service) as channel:
        message = aio_pika.Message(
            b'{"ro_no": "SH01-1"}',
            headers=headers,
            message_id=headers["cloudEvents:id"],
            type=headers["cloudEvents:type"],
            content_type="application/json",
            timestamp=datetime(2026, 11, 21, tzinfo=UTC),
        )
        await publish_confirmed(channel, f"{service}.own", key, message)


class a_channel:
    """A channel of one broker user, closed with its connection."""

    def __init__(self, here: Settings, user: str) -> None:
        self.url = here.broker_url(user)

    async def __aenter__(self) -> AbstractChannel:
        self.connection = await aio_pika.connect(self.url)
        return await self.connection.channel(publisher_confirms=True, on_return_raises=True)

    async def __aexit__(self, *_: object) -> None:
        await self.connection.close()


async def next_work(here: Settings, service: str) -> AbstractIncomingMessage:
    async with a_channel(here, service) as channel:
        message = await received(channel, service)
        await message.ack()
        return message


async def received(channel: AbstractChannel, queue: str) -> AbstractIncomingMessage:
    """The next message of a queue, waited for up to ten seconds; it stays unacknowledged."""
    async with (await channel.get_queue(queue)).iterator(timeout=10) as messages:
        return await anext(messages)


async def ids(here: Settings, wanted: dead.Wanted) -> list[UUID]:
    return [UUID(letter.event_id) for letter in await dead.found(here, wanted)]
