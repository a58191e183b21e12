"""Any process may die at any line: nothing is lost and nothing happens twice."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from shared.database import new_id
from tests.shared.turnstile import World, a_passage, a_world, until
from tests.stack import Stack

PEOPLE = 5
SAMPLES = None if os.environ.get("LOOP4S_CRASH_POINTS") == "all" else 5
"""How many of the discovered points are tried per task; all of them with LOOP4S_CRASH_POINTS=all."""


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


@pytest.mark.parametrize(("task", "least"), [("Committer.run", 8), ("Relay._run", 8), ("Relay._publish_all", PEOPLE)])
async def test_a_process_that_dies_at_any_wait_loses_nothing_and_doubles_nothing(world: World, task: str, least: int) -> None:
    """Reliability promises 1 and 2: kill before and after the waits of a task, start again, count."""
    done = 0

    async def run(spec: str) -> int | None:
        nonlocal done
        await world.said(*(a_passage() for _ in range(PEOPLE)))
        worker = await _worker(world, spec)
        reached = done + PEOPLE
        killed = asyncio.create_task(worker.wait())
        settled = asyncio.create_task(until(lambda: _all_said(world, reached), 30))
        await asyncio.wait({killed, settled}, return_when=asyncio.FIRST_COMPLETED)
        settled.cancel()
        waits = None
        if not killed.done():
            worker.send_signal(signal.SIGTERM)
            assert worker.stdout
            async for line in worker.stdout:
                if line.startswith(b"waits"):
                    waits = int(line.split()[1])
        assert await asyncio.wait_for(killed, 20) in (0, -signal.SIGKILL)
        async with world.running():
            await until(lambda: _all_said(world, reached))
        passages, counted, announced = await world.counted()
        assert passages == counted == announced == reached, f"effects once, after dying at {spec}"
        done = reached
        return waits

    points = await run(f"{task}:-1:before")
    assert points and points >= least, "no task matched, or it hardly waited: nothing was proven"
    step = 1 if SAMPLES is None else max(1, points // SAMPLES)
    killed_at = 0
    for number, n in enumerate(range(1, points + 1, step)):
        killed_at += await run(f"{task}:{n}:{'after' if number % 2 else 'before'}") is None
    assert killed_at >= 2, "the process was hardly ever killed: nothing was proven"
    ids = await _heard_by_reception(world)
    assert len(set(ids)) == done, "every fact reached its hearers"


async def test_a_killer_message_takes_nobody_with_it(world: World) -> None:
    """Ninety-nine innocents behind a message that kills its process: 99 applied, 1 dead letter, bounded deaths."""
    await world.said(a_passage(trick="kills"), *(a_passage() for _ in range(99)))
    deaths = 0
    async with asyncio.timeout(120):
        while True:
            worker = await _worker(world, "")
            ended = asyncio.create_task(worker.wait())
            finished = asyncio.create_task(until(lambda: _killer_gone(world), 60))
            await asyncio.wait({ended, finished}, return_when=asyncio.FIRST_COMPLETED)
            finished.cancel()
            if not ended.done():
                worker.send_signal(signal.SIGTERM)
                assert await ended == 0
                break
            deaths += 1
    (letter,) = await world.dead()
    assert letter["x-reason"] == "killed_worker"
    assert (await world.counted())[0] == 99
    assert 1 <= deaths <= 5


async def test_a_process_that_is_asked_to_stop_gives_nothing_back_used(world: World) -> None:
    """A rolling restart under load: exit 0, and no message comes back marked as delivered before."""
    gate = new_id()
    worker = await _worker(world, "")
    for _ in range(3):
        await world.said(*(a_passage(gate) for _ in range(60)))
        fresh = await _worker(world, "")
        worker.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(worker.wait(), 30) == 0
        worker = fresh
    await until(lambda: _all_said(world, 180))
    worker.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(worker.wait(), 30) == 0
    assert await world.counted() == (180, 180, 180)
    assert await _trials(world) == 0, "a message that was delivered twice would have been tried alone"


async def _worker(world: World, spec: str) -> Process:
    environment = {**os.environ, **world.environment, "LOOP4S_BATCH": "32", "LOOP4S_CRASH": spec}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.shared.turnstile_worker", env=environment, stdout=PIPE, start_new_session=True
    )
    assert process.stdout
    assert await asyncio.wait_for(process.stdout.readline(), 60) in (b"running\n", b"")
    return process


async def _all_said(world: World, people: int) -> bool:
    return (await world.counted())[0] >= people and await _unsent(world) == 0


async def _unsent(world: World) -> int:
    return await _number(world, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")


async def _trials(world: World) -> int:
    return await _number(world, "SELECT count(*) FROM inbox_trials")


async def _number(world: World, query: str) -> int:
    opened = world.database()
    try:
        async with opened.hearing.begin() as session:
            return int(await session.scalar(text(query)) or 0)
    finally:
        await opened.close()


async def _killer_gone(world: World) -> bool:
    return await world.depth("parts.dead") == 1 and (await world.counted())[0] == 99


async def _heard_by_reception(world: World) -> list[str]:
    found = []
    async with world.channel("reception") as channel:
        queue = await channel.get_queue("reception", ensure=False)
        while (message := await queue.get(fail=False, no_ack=True)) is not None:
            found.append(str(message.message_id))
    return found
