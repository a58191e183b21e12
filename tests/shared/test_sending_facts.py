"""What the speaking half promises: a committed fact reaches the broker, an uncommitted one never, whoever dies."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from sqlalchemy import text

from shared import clock
from shared.database import Database, new_id
from shared.outbox import announce
from shared.refusal import Refused
from shared.relay import NotConfirmed, Publisher, Relay
from tests.databases import as_role
from tests.shared.turnstile import SERVICE, Gate, GateCounted, World, a_passage, a_world, by, until
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


async def test_a_transaction_that_rolls_back_says_nothing(world: World) -> None:
    opened = world.database()
    with by(), pytest.raises(Refused):
        async with opened.transaction(["sh01"]) as session:
            await _let_pass(session, new_id())
            raise Refused("no", "No.")
    assert await world.counted() == (0, 0, 0)
    await opened.close()


async def test_facts_of_one_aggregate_arrive_in_order_and_without_gaps(world: World) -> None:
    gate = new_id()
    async with world.running(hearing={}) as opened:
        with by():
            for _ in range(50):
                async with opened.transaction(["sh01"]) as session:
                    await _let_pass(session, gate)
        await until(lambda: _arrived(world, 50))
    assert [version for version, _ in await _heard(world)] == list(range(1, 51))


async def test_what_another_process_says_is_sent_by_the_leader(world: World) -> None:
    """The second process does not lead; it wakes the leader by one notification."""
    async with world.running(hearing={}), world.running(hearing={}) as follower:
        with by():
            async with follower.transaction(["sh01"]) as session:
                await _let_pass(session, new_id())
        await until(lambda: _arrived(world, 1), 10)


async def test_what_was_said_while_the_relay_was_away_is_sent_when_it_comes(world: World) -> None:
    opened = world.database()
    with by():
        async with opened.transaction(["sh01"]) as session:
            for _ in range(20):
                await _let_pass(session, new_id())
    await opened.close()
    async with world.running(hearing={}):
        await until(lambda: _arrived(world, 20))


async def test_the_leaders_lost_database_session_loses_no_fact(world: World) -> None:
    """The leader's session is ended again and again under load; a second process is ready to take over."""
    gate = new_id()
    async with world.running(hearing={}) as opened, world.running(hearing={}):
        ending = asyncio.create_task(_end_relay_sessions(world, 5))
        with by():
            for _ in range(200):
                async with opened.transaction(["sh01"]) as session:
                    await _let_pass(session, gate)
        assert await ending >= 1, "no session was ended: nothing was proven"
        await until(lambda: _nothing_unsent(world), 30)
    heard = await _heard(world)
    assert {version for version, _ in heard} == set(range(1, 201)), "nothing lost"
    first = list(dict.fromkeys(version for version, _ in heard))
    assert first == sorted(first), "first deliveries keep their order"


async def test_a_fact_that_the_broker_refuses_holds_back_no_other(world: World) -> None:
    """A row without a route stays, with its reason, and is tried again later; the others go."""
    opened = world.database()
    with by():
        async with opened.transaction(["sh01"]) as session:
            await _let_pass(session, new_id())
            await session.flush()
    await _forge(world, "UPDATE outbox SET routing_key = 'sh01.parts.nobody_binds_this.v1'")
    async with world.running(hearing={}) as running:
        with by():
            async with running.transaction(["sh01"]) as session:
                await _let_pass(session, new_id())
        await until(lambda: _arrived(world, 1))
        await until(lambda: _held_back(world))
    await opened.close()


async def test_a_fact_that_may_not_be_said_takes_no_other_down_with_it(world: World) -> None:
    """The broker closes the channel on a foreign routing key; only that row is held back."""
    opened = world.database()
    with by():
        async with opened.transaction(["sh01"]) as session:
            for _ in range(10):
                await _let_pass(session, new_id())
    await _forge(
        world,
        "UPDATE outbox SET routing_key = 'sh01.reception.forged.v1'"
        " WHERE id = (SELECT id FROM outbox ORDER BY id OFFSET 4 LIMIT 1)",
    )
    await opened.close()
    async with world.running(hearing={}):
        await until(lambda: _arrived(world, 9))
        await until(lambda: _held_back(world, "refused"))


async def test_an_oversize_fact_is_refused_before_it_is_written(world: World) -> None:
    class Huge(GateCounted):
        noise: str

    opened = world.database()
    with by(), pytest.raises(Refused, match="oversize"):
        async with opened.transaction(["sh01"]) as session:
            gate = Gate(store_id="sh01", count=0)
            announce(session, Huge(about=gate.next_version(), count=1, noise="x" * 300_000))
    await opened.close()


async def test_a_moved_clock_chooses_no_partition(world: World) -> None:
    """The day of an outbox row is the database's, whatever the process believes."""
    opened = world.database()
    with by(), clock.stopped(clock.now() + timedelta(days=400)):
        async with opened.transaction(["sh01"]) as session:
            await _let_pass(session, new_id())
    assert (await world.counted())[2] == 1
    await opened.close()


async def test_old_sent_days_are_dropped_and_unsent_ones_are_kept(world: World) -> None:
    owner = await asyncpg.connect(world.settings.postgres_url(f"{SERVICE}_owner", world.settings.database(SERVICE)))
    for days, sent in ((40, "now()"), (41, "NULL")):
        day = await owner.fetchval(f"SELECT (now() AT TIME ZONE 'UTC')::date - {days}")
        await owner.execute(
            f"CREATE TABLE outbox_{day:%Y%m%d} PARTITION OF outbox FOR VALUES FROM ('{day}') TO ('{day + timedelta(days=1)}')"
        )
        await owner.execute(
            "INSERT INTO outbox (day, id, type, store_id, subject, version, epoch, routing_key, headers, body, sent_at)"
            f" VALUES ($1, $2, 't', 'sh01', $2, 1, 1, 'k', '{{}}', '{{}}', {sent})",
            day,
            UUID(int=days),
        )
    await owner.execute("SELECT keep_outbox_partitions()")
    left = await owner.fetch("SELECT id FROM outbox")
    assert [row["id"] for row in left] == [UUID(int=41)], "a day is dropped only when nothing of it waits"
    ahead = await owner.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'outbox'::regclass")
    assert ahead == 16 + 1, "yesterday, today, fourteen days ahead, and the day that still waits"
    await owner.close()


async def test_an_unroutable_message_is_not_confirmed(world: World) -> None:
    relay = Relay("reception", world.settings)
    with pytest.raises(NotConfirmed, match="unroutable") as refused:
        await relay.publish_confirmed("events", "sh01.reception.nobody_hears.v1", a_passage())
    assert refused.value.refused
    await relay.stop()


async def _forge(world: World, statement: str) -> None:
    """Only the owner could change what was said."""
    async with as_role(f"{SERVICE}_owner", SERVICE, world.settings) as owner:
        await owner.execute(statement)


async def test_a_broker_that_falls_silent_is_given_up_in_time(world: World) -> None:
    """It accepts the connection and never says a word: unknown, not waited for for ever, and no cancellation leaks out."""

    async def say_nothing(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await reader.read()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    publisher = Publisher("parts", world.settings.model_copy(update={"broker": f"amqp://127.0.0.1:{port}/x"}), patience_s=0.5)
    with pytest.raises(NotConfirmed) as unknown:
        await publisher.send("events", "sh01.parts.gate_counted.v1", a_passage())
    assert not unknown.value.refused
    silent.close()


async def _let_pass(session: object, gate_id: UUID) -> None:
    gate = await session.get(Gate, gate_id)  # type: ignore[attr-defined]
    if gate is None:
        gate = Gate(id=gate_id, store_id="sh01", count=0)
        session.add(gate)  # type: ignore[attr-defined]
    announce(session, gate.let_pass())  # type: ignore[arg-type]


async def _arrived(world: World, facts: int) -> bool:
    return await world.depth("reception") >= facts


async def _heard(world: World) -> list[tuple[int, str]]:
    found = []
    async with world.channel("reception") as channel:
        queue = await channel.get_queue("reception", ensure=False)
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            found.append((int(str(message.headers["cloudEvents:version"])), str(message.message_id)))
    return found


async def _end_relay_sessions(world: World, times: int) -> int:
    admin = await asyncpg.connect(world.settings.postgres_url(world.settings.postgres_admin, "postgres"))
    ended = 0
    for _ in range(times):
        await asyncio.sleep(0.1)
        ended += await admin.fetchval(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
            " WHERE datname = $1 AND application_name LIKE '%:relay'",
            world.settings.database(SERVICE),
        )
    await admin.close()
    return ended


async def _nothing_unsent(world: World) -> bool:
    return await _waiting(world, "sent_at IS NULL") == 0


async def _held_back(world: World, reason: str = "unroutable") -> bool:
    return await _waiting(world, f"sent_at IS NULL AND attempts >= 1 AND last_error = '{reason}'") == 1


async def _waiting(world: World, condition: str) -> int:
    opened: Database = world.database()
    try:
        async with opened.hearing.begin() as session:
            return int(await session.scalar(text(f"SELECT count(*) FROM outbox WHERE {condition}")) or 0)
    finally:
        await opened.close()
