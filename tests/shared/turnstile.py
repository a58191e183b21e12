"""A tiny service of the tests' own: a turnstile that counts what it hears and says so, on real servers.

It runs under the database role and broker user `parts`, in a database and virtual host of its own.
"""

import asyncio
import os
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import aio_pika
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import UniqueConstraint, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import Mapped, mapped_column

from shared import clock, database, migrations, outbox
from shared.cause import Cause, bound
from shared.database import Aggregate, Database, Effect, OfStore, new_id
from shared.events import About, Event
from shared.events.envelope import headers
from shared.inbox import Hearing, Hears, hears, stubs
from shared.refusal import NotYet, Refused
from shared.relay import Relay, publish_confirmed
from shared.settings import Settings
from shared.topology import topology_of
from shared.topology.management import apply as apply_topology
from shared.topology.management import management
from tests.stack import Stack

SERVICE = "parts"


class PersonPassed(Event):
    """Somebody went through the gate; `trick` tells the handler how to misbehave."""

    type: ClassVar[str] = "reception.person_passed.v1"
    trick: str = ""


class GateCounted(Event):
    """The gate's count went up."""

    type: ClassVar[str] = "parts.gate_counted.v1"
    count: int


FACTS = {kind.type: kind for kind in (PersonPassed, GateCounted)}


class Base(database.Base):
    __abstract__ = True
    metadata = database.metadata()


class Gate(Aggregate, Base):
    """Counts the people who passed."""

    __tablename__ = "gates"
    count: Mapped[int] = mapped_column(default=0)

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "Gate":
        return cls(id=key, store_id=store_id, count=0)

    def let_pass(self) -> GateCounted:
        self.count += 1
        return GateCounted(about=self.next_version(), count=self.count)


class Passage(Effect, OfStore, Base):
    """One effect of one fact."""

    __tablename__ = "passages"
    __table_args__ = (UniqueConstraint("cause_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    gate_id: Mapped[UUID] = mapped_column()


class Ticket(OfStore, Base):
    """Falls due."""

    __tablename__ = "tickets"
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    due_at: Mapped[datetime] = mapped_column()
    punched: Mapped[int] = mapped_column(default=0)
    torn: Mapped[bool] = mapped_column(default=False)


class Nasty(Exception):
    """What a careless handler raises."""


calls: list[UUID] = []
"""The ids of the gates whose handler was called, in this process."""
started, may_go_on = asyncio.Event(), asyncio.Event()
"""The trick 'slow' tells when it has begun, and waits."""
broken = True
"""Whether the trick 'until_mended' still fails."""


async def count_person(event: PersonPassed, session: AsyncSession) -> None:
    calls.append(event.about.subject)
    match event.trick:
        case "always_fails":
            raise Nasty("secret 13800138000")
        case "refused":
            raise Refused("gate_closed", "The gate is closed.")
        case "not_yet":
            raise NotYet("the gate is not built")
        case "until_mended" if broken:
            raise Nasty("not mended")
        case "slow":
            started.set()
            await may_go_on.wait()
        case "kills":
            os.kill(os.getpid(), 9)
    gate = await session.get_one(Gate, event.about.subject)
    session.add(Passage(gate_id=gate.id, store_id=gate.store_id))
    outbox.announce(session, gate.let_pass())


HEARS: dict[type[Event], Hears] = {PersonPassed: hears(count_person, loads=[stubs(Gate, lambda event: [event.about.subject])])}


async def hear_nothing(event: GateCounted, session: AsyncSession) -> None:
    """Reception only needs a queue where counts arrive."""


@dataclass
class World:
    """The turnstile's database and virtual host."""

    settings: Settings
    environment: dict[str, str]

    def database(self, outlet: Callable[[list[Any]], None] | None = None) -> Database:
        return Database.connect(SERVICE, self.settings, outlet)

    @asynccontextmanager
    async def running(self, hearing: Mapping[type[Event], Hears] | None = None) -> AsyncIterator[Database]:
        """Relay and hearing of one process of the service."""
        relay = Relay(SERVICE, self.settings)
        opened = self.database(relay.feed)
        ears = Hearing(SERVICE, HEARS if hearing is None else hearing, opened, relay, self.settings)
        await relay.start()
        await ears.start()
        try:
            yield opened
        finally:
            await ears.stop()
            await relay.stop()
            await opened.close()

    @asynccontextmanager
    async def channel(self, user: str = "reception") -> AsyncIterator[aio_pika.abc.AbstractChannel]:
        connection = await aio_pika.connect(self.settings.broker_url(user))
        async with connection:
            yield await connection.channel(publisher_confirms=True, on_return_raises=True)

    async def said(self, *messages: aio_pika.Message, store: str = "sh01", key: str | None = None) -> None:
        """Publish as reception."""
        async with self.channel() as channel:
            for message in messages:
                await publish_confirmed(channel, "events", key or f"{store}.{PersonPassed.type}", message)

    async def depth(self, queue: str) -> int:
        async with self.channel("operator" if queue.endswith(".dead") else queue.partition(".")[0]) as channel:
            found = await channel.declare_queue(queue, passive=True)
            return found.declaration_result.message_count or 0

    async def dead(self) -> list[dict[str, Any]]:
        """Headers of the dead letters, left where they are."""
        found = []
        async with self.channel("operator") as channel:
            queue = await channel.get_queue(f"{SERVICE}.dead", ensure=False)
            while (letter := await queue.get(fail=False)) is not None:
                found.append(dict(letter.headers))
        return found

    async def counted(self, store: str = "*") -> tuple[int, int, int]:
        """Passages, sum of counts, facts announced."""
        opened = self.database()
        try:
            async with opened.hearing.begin() as session:
                row = await session.execute(
                    text(
                        "SELECT (SELECT count(*) FROM passages), (SELECT coalesce(sum(count), 0) FROM gates),"
                        " (SELECT count(*) FROM outbox)"
                    )
                )
                return tuple(map(int, row.one()))  # type: ignore[return-value]
        finally:
            await opened.close()


def a_passage(gate: UUID | None = None, *, id: UUID | None = None, trick: str = "", **replaced: Any) -> aio_pika.Message:
    """A message as reception's relay would send it; `replaced` headers win, None removes one."""
    event_id = id or new_id()
    about = About(subject=gate or new_id(), version=1, store_id="sh01")
    written = headers(
        id=event_id, type=PersonPassed.type, time=clock.now(), about=about, causation=event_id, actor="user:test",
        business_date="2026-01-01", traceparent=None,
    )  # fmt: skip
    written |= {key.replace("__", ":"): value for key, value in replaced.items()}
    return aio_pika.Message(
        PersonPassed(about=about, trick=trick).body().encode(),
        headers={key: value for key, value in written.items() if value is not None},
        message_id=str(event_id),
        type=PersonPassed.type,
    )


@asynccontextmanager
async def a_world(stack: Stack) -> AsyncIterator[World]:
    """A fresh database and virtual host for one test module."""
    name = f"{stack.settings.database_prefix}{secrets.token_hex(3)}"
    changed = {
        "LOOP4S_DATABASE_PREFIX": f"{name}_",
        "LOOP4S_BROKER": f"{stack.settings.broker.rpartition('/')[0]}/{name}",
    }
    settings = stack.settings.model_copy(
        update={"database_prefix": changed["LOOP4S_DATABASE_PREFIX"], "broker": changed["LOOP4S_BROKER"], "batch": 32}
    )
    await make_database(settings)
    topology = topology_of({SERVICE: [PersonPassed], "reception": [GateCounted]}, settings, FACTS)
    async with management(settings) as broker:
        await apply_topology(topology, broker)
        try:
            yield World(settings, {**stack.environment, **changed})
        finally:
            await broker.ask("DELETE", "vhosts", name)


async def make_database(settings: Settings) -> None:
    """Roles, database, backbone and the turnstile's tables."""
    await migrations._bootstrap(SERVICE, settings)
    url = settings.postgres_url(f"{SERVICE}_owner", settings.database(SERVICE))
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))

    def build(connection: Connection) -> None:
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        with Operations.context(MigrationContext.configure(connection, opts={"service": SERVICE})):
            migrations.backbone()
            Base.metadata.create_all(connection)
            migrations.store_scoped("gates", "passages", "tickets")

    async with engine.begin() as connection:
        await connection.run_sync(build)
    await engine.dispose()


def by(actor: str = "user:test", stores: tuple[str, ...] = ("*",)) -> Any:
    """Bind a cause for a test that acts without a door."""
    return bound(Cause(new_id(), actor, stores))


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 20) -> None:
    """Wait, with a bound, until something holds."""
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)
