"""A service that lost facts hears them again from their speaker's journal, with their own ids, and nobody else does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import aio_pika
import pytest
from sqlalchemy import text

from deploy.audit import Audit
from deploy.resending import Asked, asked, count, resend
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from shared.events import About
from shared.events.parts import PartsReserved
from shared.events.workshop import JobCompleted
from shared.outbox import announce
from shared.settings import Settings
from tests.databases import migrated_database
from tests.stack import Stack
from tests.virtual_hosts import Hears, a_virtual_host

TYPE = PartsReserved.type


@pytest.fixture
async def here(stack: Stack) -> AsyncIterator[Settings]:
    hears: Hears = {"parts": [JobCompleted], "console": [PartsReserved], "workshop": [PartsReserved]}
    async with a_virtual_host(stack.settings, hears) as (settings, _, _):
        yield settings


@pytest.fixture
async def parts(stack: Stack) -> AsyncIterator[Database]:
    async with migrated_database("parts", stack) as opened:
        yield opened


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    return Audit(tmp_path / "audit.jsonl")


async def test_sent_facts_are_said_again_with_their_ids_to_one_hearer(here: Settings, parts: Database, audit: Audit) -> None:
    since = clock.now() - timedelta(minutes=1)
    journal = [await a_sent_fact(parts, store) for store in ("sh01", "hz01", "sh01")]
    await a_fact(parts, "sh01")
    again = Asked("parts", "console", since, clock.now() + timedelta(minutes=1), (TYPE,), None)
    assert await count(here, again) == 3
    assert await resend(here, again, audit) == 3
    assert await waiting(here, "console") == journal
    assert await waiting(here, "workshop") == []
    assert '"act": "resending facts"' in audit.file.read_text()


async def test_one_stores_facts_of_one_time_are_said_again(here: Settings, parts: Database, audit: Audit) -> None:
    await a_sent_fact(parts, "hz01")
    since = await now(parts)
    wanted = await a_sent_fact(parts, "hz01")
    await a_sent_fact(parts, "sh01")
    until = await now(parts)
    await a_sent_fact(parts, "hz01")
    await resend(here, Asked("parts", "console", since, until, (TYPE,), "hz01"), audit)
    assert await waiting(here, "console") == [wanted]


@pytest.mark.parametrize(
    ("type_", "days", "reason"),
    [
        ("parts.parts_issued.v1", 1, "console does not hear parts.parts_issued.v1"),
        (None, 40, "the journal goes back 30 days only"),
    ],
)
def test_what_cannot_be_said_again_is_refused(type_: str | None, days: int, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        asked("parts", "console", [TYPE], datetime.now(UTC) - timedelta(days=days), None, type_, None)


async def a_fact(parts: Database, store: str) -> UUID:
    """A fact in the outbox of parts, not sent yet; its event id."""
    about = About(subject=new_id(), version=1, store_id=store)
    said = PartsReserved(
        about=about, ro_id=new_id(), job_id=new_id(), part_no="P1", quantity_milli=1000, reserved_at=clock.now()
    )
    with bound(Cause(new_id(), "user:test", (store,))):
        async with parts.hearing.begin() as session:
            announce(session, said)
    async with parts.hearing.begin() as session:
        found: UUID = await session.scalar(text("SELECT id FROM outbox WHERE subject = :subject"), {"subject": about.subject})
        return found


async def a_sent_fact(parts: Database, store: str) -> UUID:
    fact = await a_fact(parts, store)
    async with parts.hearing.begin() as session:
        await session.execute(text("UPDATE outbox SET sent_at = now() WHERE id = :id"), {"id": fact})
    return fact


async def now(parts: Database) -> datetime:
    async with parts.hearing.begin() as session:
        at: datetime = await session.scalar(text("SELECT clock_timestamp()"))
        return at


async def waiting(here: Settings, service: str) -> list[UUID]:
    """The event ids in a service's work queue; they are taken out."""
    async with await aio_pika.connect(here.broker_url(service)) as connection:
        queue = await (await connection.channel()).get_queue(service)
        ids = []
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            ids.append(UUID(message.message_id))
        return ids
