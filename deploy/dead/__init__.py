"""Dead letters: see what could not be heard and why, bring it back to work once the cause is mended, or discard it.

Every act is written down before it happens; a letter leaves `<service>.dead` only after its replay was confirmed or its
discard written down.  Letters that another reader holds at the same moment are not seen.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from deploy.audit import Audit
from deploy.dead.letters import Group, Letter, Wanted, as_json, as_lines, grouped, read
from shared.relay import publish_confirmed
from shared.settings import Settings
from shared.topology import OPERATOR, WORK, dead_letters, own

__all__ = ["Group", "Letter", "Wanted", "as_json", "as_lines", "discard", "found", "grouped", "opened", "replay"]

KEPT_HEADERS = ("cloudEvents:", "cloudEvents_", "traceparent")
"""What belongs to the fact; everything else was added on its way here."""
ALL_HELD = 0
"""The delivery tag that means every unacknowledged message of a channel."""


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
    replayed: dict[str, int] = {}
    async with _channel(settings) as channel:
        for service in wanted.services:
            try:
                async for message in _waiting(channel, dead_letters(service)):
                    letter = read(service, message)
                    if replayed.setdefault(letter.event_id, letter.replayed) < letter.replayed:
                        break  # what was put back to work has come back already: its cause is not mended
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
