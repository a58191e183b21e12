"""Say again what was said before, to one hearer only: from a speaker's journal into the work queue of the service that asks.

The messages keep their event ids, so that the hearer applies only what it does not know.
"""

import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import aio_pika
import asyncpg

from deploy.audit import Audit
from shared import clock
from shared.migrations import JOURNAL_DAYS
from shared.outbox import Announced
from shared.relay import message_of, publish_confirmed
from shared.settings import Settings
from shared.topology import OPERATOR, WORK, own

AT_A_TIME = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """Which facts of `speaker` are said again to `hearer`: those announced in [since, until), of these types and store."""

    speaker: str
    hearer: str
    since: datetime
    until: datetime
    types: tuple[str, ...]
    store: str | None = None


def asked(
    speaker: str,
    hearer: str,
    heard: Iterable[str],
    since: datetime,
    until: datetime | None,
    type: str | None,
    store: str | None,
) -> Asked:
    """What to say again, limited to what the hearer hears; ValueError when that is nothing, or older than the journal."""
    until = until or clock.now()
    if since < clock.now() - timedelta(days=JOURNAL_DAYS):
        raise ValueError(f"the journal goes back {JOURNAL_DAYS} days only")
    if since >= until:
        raise ValueError("the beginning is not before the end")
    types = tuple(sorted(known for known in heard if known.startswith(f"{speaker}.") and type in (None, known)))
    if not types:
        raise ValueError(f"{hearer} does not hear {type or f'anything of {speaker}'}")
    return Asked(speaker, hearer, since, until, types, store)


async def count(settings: Settings, asked: Asked) -> int:
    """How many facts would be said again."""
    found = 0
    async for rows in _journal(settings, asked):
        found += len(rows)
    return found


async def resend(settings: Settings, asked: Asked, audit: Audit) -> int:
    """Say them again, oldest first, confirmed; how many.  May be repeated after a failure."""
    audit.write("resending facts", speaker=asked.speaker, hearer=asked.hearer, since=asked.since, until=asked.until,
                types=asked.types, store=asked.store)  # fmt: skip
    sent = 0
    async with await aio_pika.connect(settings.broker_url(OPERATOR), timeout=10) as connection:
        channel = await connection.channel(publisher_confirms=True, on_return_raises=True)
        async for rows in _journal(settings, asked):
            for row in rows:
                await publish_confirmed(channel, own(asked.hearer), WORK, message_of(row))
            sent += len(rows)
    return sent


async def _journal(settings: Settings, asked: Asked) -> AsyncIterator[list[Announced]]:
    """The rows in the order in which they were announced, some at a time."""
    database = await asyncpg.connect(
        settings.postgres_url(asked.speaker, settings.database(asked.speaker)), timeout=10, server_settings={"app.stores": "*"}
    )
    try:
        async with database.transaction(readonly=True, isolation="repeatable_read"):
            cursor = await database.cursor(_ROWS, *_limits(asked))
            while rows := await cursor.fetch(AT_A_TIME):
                yield [Announced(**{**row, "headers": json.loads(row["headers"])}) for row in rows]
    finally:
        await database.close()


_ROWS = """
    SELECT day, id, announced_at, type, store_id, subject, version, epoch, routing_key, headers, body FROM outbox
    WHERE day BETWEEN $1 AND $2 AND announced_at >= $3 AND announced_at < $4 AND type = ANY ($5::text[])
      AND ($6::text IS NULL OR store_id = $6) AND sent_at IS NOT NULL
    ORDER BY announced_at, id
"""


def _limits(asked: Asked) -> tuple[object, ...]:
    days = (asked.since.astimezone(UTC).date(), asked.until.astimezone(UTC).date())
    return *days, asked.since, asked.until, list(asked.types), asked.store
