"""Dead letters: see what could not be heard and why, bring it back to work once the cause is mended, or discard it.

Every act is written down before it happens; a letter leaves `<service>.dead` only after its replay was confirmed or its
discard written down.  Letters that another reader holds at the same moment are not seen.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.audit import Audit
from shared.relay import publish_confirmed
from shared.settings import Settings
from shared.topology import OPERATOR, WORK, dead_letters, own

KEPT_HEADERS = ("cloudEvents:", "cloudEvents_", "traceparent")
"""What belongs to the fact; everything else was added on its way here."""
UNKNOWN = "?"
ALL_HELD = 0
"""The delivery tag that means every unacknowledged message of a channel."""


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter.  `reason` is one of the inbox's closed list, or the broker's own word for a message it gave up;
    `error` holds no values of the message."""

    service: str
    event_id: str
    type: str
    store: str
    reason: str
    error: str
    fingerprint: str
    failed_at: str
    attempts: int
    replayed: int
    size: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which letters are meant; what is None does not limit."""

    services: tuple[str, ...]
    fingerprint: str | None = None
    type: str | None = None
    store: str | None = None
    event_id: str | None = None

    def fits(self, letter: Letter) -> bool:
        return all(
            wished is None or wished == getattr(letter, name)
            for name, wished in asdict(self).items()
            if name != "services"
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Group:
    """Letters of one cause: the same service, fingerprint, type and store."""

    service: str
    fingerprint: str
    type: str
    store: str
    reason: str
    error: str
    count: int
    oldest: str


def grouped(letters: Iterable[Letter]) -> list[Group]:
    """One group per cause, in the order of their names."""

    def cause(letter: Letter) -> tuple[str, str, str, str]:
        return letter.service, letter.fingerprint, letter.type, letter.store

    groups = []
    for key, alike in groupby(sorted(letters, key=cause), key=cause):
        found = list(alike)
        oldest = min(found, key=lambda letter: letter.failed_at)
        groups.append(Group(*key, oldest.reason, oldest.error, len(found), oldest.failed_at))
    return groups


async def found(settings: Settings, wanted: Wanted) -> list[Letter]:
    """The letters that are meant; they stay where they are, in their order."""
    return await _each(settings, wanted, None)


async def opened(settings: Settings, wanted: Wanted, audit: Audit) -> list[tuple[Letter, dict[str, Any], bytes]]:
    """The letters with headers and body, which may hold personal data: who looked is written down."""
    seen: list[tuple[Letter, dict[str, Any], bytes]] = []

    async def look(letter: Letter, message: AbstractIncomingMessage) -> bool:
        audit.write("opening a dead letter", **asdict(letter))
        seen.append((letter, dict(message.headers), message.body))
        return False

    await _each(settings, wanted, look)
    return seen


async def replay(settings: Settings, wanted: Wanted, audit: Audit) -> list[Letter]:
    """Put the letters back into their service's work queue, with their original ids; the ones brought back.

    NotConfirmed from `shared.relay` when the broker does not take one; it and the ones behind it stay.
    """
    async with _channel(settings, publisher_confirms=True, on_return_raises=True) as work:

        async def bring_back(letter: Letter, message: AbstractIncomingMessage) -> bool:
            audit.write("replaying a dead letter", **asdict(letter))
            await publish_confirmed(work, own(letter.service), WORK, _fresh(message, letter))
            return True

        return await _each(settings, wanted, bring_back)


async def discard(settings: Settings, wanted: Wanted, audit: Audit) -> list[Letter]:
    """Throw the letters away for good; the ones thrown away."""

    async def throw_away(letter: Letter, message: AbstractIncomingMessage) -> bool:
        audit.write("discarding a dead letter", **asdict(letter))
        return True

    return await _each(settings, wanted, throw_away)


async def _each(
    settings: Settings, wanted: Wanted, settle: Callable[[Letter, AbstractIncomingMessage], Awaitable[bool]] | None
) -> list[Letter]:
    """Walk through the letters that are meant; those for which `settle` says True leave their queue."""
    met: list[Letter] = []
    async with _channel(settings) as channel:
        for service in wanted.services:
            try:
                async for message in _waiting(channel, dead_letters(service)):
                    letter = read(service, message)
                    if wanted.fits(letter):
                        if settle and await settle(letter, message):
                            await message.ack()
                        met.append(letter)
            finally:
                await _give_back(channel)
    return met


async def _give_back(channel: AbstractChannel) -> None:
    """Everything that is held on this channel goes back to its place."""
    if not channel.is_closed:
        wire = await channel.get_underlay_channel()
        await wire.basic_nack(ALL_HELD, multiple=True, requeue=True)


async def _waiting(channel: AbstractChannel, name: str) -> AsyncIterator[AbstractIncomingMessage]:
    """Every letter that lies there, oldest first, unacknowledged.  (A queue's own count lags behind.)"""
    queue = await channel.get_queue(name, ensure=False)
    while (message := await queue.get(fail=False)) is not None:
        yield message


@asynccontextmanager
async def _channel(settings: Settings, **options: bool) -> AsyncIterator[AbstractChannel]:
    """A channel of the operator on a connection of its own."""
    connection = await aio_pika.connect(settings.broker_url(OPERATOR), timeout=10)
    async with connection:
        yield await connection.channel(**options)


def read(service: str, message: AbstractIncomingMessage) -> Letter:
    """What the headers of a dead letter say; nothing in them is taken for granted."""
    headers = message.headers
    type_ = _said(headers, "cloudEvents:type", "cloudEvents_type") or message.type or UNKNOWN
    reason = _said(headers, "x-reason") or _brokers_reason(headers)
    return Letter(
        service=service,
        event_id=_said(headers, "cloudEvents:id", "cloudEvents_id") or message.message_id or UNKNOWN,
        type=type_,
        store=_said(headers, "cloudEvents:storeid", "cloudEvents_storeid") or UNKNOWN,
        reason=reason,
        error=_said(headers, "x-error"),
        fingerprint=_said(headers, "x-fingerprint") or f"{type_} {reason}",
        failed_at=_said(headers, "x-failed-at") or _brokers_time(headers),
        attempts=_number(headers, "x-attempt"),
        replayed=_number(headers, "x-replayed"),
        size=len(message.body),
    )


def _fresh(message: AbstractIncomingMessage, letter: Letter) -> aio_pika.Message:
    """The message as its speaker sent it, and how often it was brought back."""
    headers = {name: value for name, value in message.headers.items() if name.startswith(KEPT_HEADERS)}
    return aio_pika.Message(
        message.body,
        headers={**headers, "x-replayed": letter.replayed + 1},
        message_id=message.message_id,
        type=message.type,
        content_type=message.content_type,
        timestamp=message.timestamp,
    )


def _said(headers: Mapping[str, Any], *names: str) -> str:
    return next((str(headers[name]) for name in names if headers.get(name) is not None), "")


def _number(headers: Mapping[str, Any], name: str) -> int:
    value = headers.get(name)
    return value if isinstance(value, int) else 0


def _brokers_death(headers: Mapping[str, Any]) -> Mapping[str, Any]:
    deaths = headers.get("x-death")
    return deaths[0] if isinstance(deaths, list) and deaths and isinstance(deaths[0], Mapping) else {}


def _brokers_reason(headers: Mapping[str, Any]) -> str:
    """A letter that the inbox did not write came by the broker: its workers died on it too often."""
    return _said(_brokers_death(headers), "reason") or "delivery_limit"


def _brokers_time(headers: Mapping[str, Any]) -> str:
    time = _brokers_death(headers).get("time")
    return time.isoformat() if isinstance(time, datetime) else ""


def as_lines(groups: Iterable[Group]) -> str:
    """Groups as a list for people."""
    return "\n".join(
        f"{group.count:>6}  {group.service}  {group.store}  {group.type}  {group.reason}  since {group.oldest or UNKNOWN}\n"
        f"        {group.fingerprint}\n        {group.error}"
        for group in groups
    )


def as_json(rows: Iterable[Group | Letter]) -> str:
    """Groups or letters as a JSON array."""
    return json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2)
