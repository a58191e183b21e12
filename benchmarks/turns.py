"""One contestant's turn: a full queue to empty (throughput, processor time), then one arrival at a time (latency), then a
check that every arrival had its effect exactly once."""

import asyncio
import importlib
import json
import os
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field

import asyncpg

from benchmarks.hop import BAYS, CHECKS, EVERYTHING_WAS_SENT, SEED, STORE, TABLES, Bench
from benchmarks.processor_time import used_by
from benchmarks.servers import Servers
from benchmarks.yard import TooSlow, Yard, yard

WARM_UP = 0.1
"""Share of the events that pass before the measurement begins: start, connections, first statements."""
GLANCE = 0.01
IDLE_PAUSE = 0.05
IDLE_WARM_UP = 5


@dataclass(frozen=True, slots=True)
class Contestant:
    """A design (the name of its module) and in how many processes it runs."""

    name: str
    module: str
    processes: int = 1
    outbox: bool = True


@dataclass(frozen=True, slots=True)
class Plan:
    """How much each turn does, and how long it may take."""

    events: int
    idle_events: int
    batch: int
    seconds: float


@dataclass(slots=True)
class Figures:
    """What one turn showed; processor time in µs per hop, None where it could not be seen."""

    hops_per_second: float = 0.0
    python_us: float = 0.0
    postgres_us: float | None = None
    broker_us: float | None = None
    idle_ms: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


async def turn(contestant: Contestant, servers: Servers, plan: Plan) -> Figures:
    """Let one contestant do `plan.events` hops from a full queue, and `plan.idle_events` one at a time."""
    figures = Figures()
    async with _database(contestant, servers) as url, yard(servers.broker) as around:
        await around.fill(plan.events)
        try:
            async with _workers(contestant, Bench(url, servers.broker, plan.batch)) as workers:
                await _measure_throughput(figures, around, servers, workers, plan)
                await around.collect()
                await around.until(lambda: len(around.out) >= plan.events, plan.seconds, "all facts out")
                figures.idle_ms = await _idle_latencies(around, plan)
                figures.faults += await _settled(contestant, url, around.sent)
        except TooSlow as late:
            figures.faults.append(str(late))
        figures.faults += await _wrong(url, around)
    return figures


@asynccontextmanager
async def _database(contestant: Contestant, servers: Servers) -> AsyncIterator[str]:
    name = f"bench{os.getpid()}_{contestant.module.rpartition('.')[2]}_hop"
    admin = await asyncpg.connect(servers.postgres)
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name}")
        url = servers.database(name)
        design = importlib.import_module(contestant.module)
        inside = await asyncpg.connect(url)
        try:
            if prepare := getattr(design, "prepare", None):
                await prepare(url)
            else:
                await inside.execute(TABLES)
            await inside.execute(SEED, list(BAYS), STORE)
            await inside.execute("ANALYZE")
        finally:
            await inside.close()
        await admin.execute("CHECKPOINT")
        yield url
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await admin.close()


@asynccontextmanager
async def _workers(contestant: Contestant, bench: Bench) -> AsyncIterator[list[Process]]:
    """The contestant's processes; a failed one's last words go to stderr."""
    environment = {**os.environ, "BENCH": json.dumps(asdict(bench))}
    with tempfile.TemporaryFile() as words:
        processes = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.worker", contestant.module),
                env=environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=words,
                stderr=words,
            )
            for _ in range(contestant.processes)
        ]
        try:
            yield processes
        finally:
            for process in processes:
                if process.stdin:
                    process.stdin.close()
            for process in processes:
                await _ended(process)
            words.seek(0)
            if said := words.read()[-4000:].decode(errors="replace"):
                print(said, file=sys.stderr)


async def _ended(process: Process) -> None:
    try:
        await asyncio.wait_for(process.wait(), 10)
    except TimeoutError:
        process.kill()
        await process.wait()


@dataclass(frozen=True, slots=True)
class _Moment:
    at: float
    hops: int
    python: float
    postgres: float | None
    broker: float | None


async def _measure_throughput(figures: Figures, around: Yard, servers: Servers, workers: list[Process], plan: Plan) -> None:
    async def when(hops: int) -> _Moment:
        end = time.perf_counter() + plan.seconds
        while (done := await around.waiting_outside()) < hops:
            if any(worker.returncode is not None for worker in workers):
                raise TooSlow("a worker ended by itself")
            if time.perf_counter() > end:
                raise TooSlow(f"{done} of {plan.events} hops within {plan.seconds:.0f} s")
            await asyncio.sleep(GLANCE)
        postgres, broker = (used_by([pid]) if pid else None for pid in (servers.postgres_pid, servers.broker_pid))
        return _Moment(time.perf_counter(), done, used_by(worker.pid for worker in workers), postgres, broker)

    first, last = await when(max(1, int(plan.events * WARM_UP))), await when(plan.events)
    hops = max(1, last.hops - first.hops)
    figures.hops_per_second = hops / (last.at - first.at)
    figures.python_us = (last.python - first.python) / hops * 1e6
    if first.postgres is not None and last.postgres is not None:
        figures.postgres_us = (last.postgres - first.postgres) / hops * 1e6
    if first.broker is not None and last.broker is not None:
        figures.broker_us = (last.broker - first.broker) / hops * 1e6


async def _idle_latencies(around: Yard, plan: Plan) -> list[float]:
    """Milliseconds from sending an arrival until its consequence is out, one at a time."""
    sent_at: dict[object, float] = {}
    for _ in range(IDLE_WARM_UP + plan.idle_events):
        began = time.perf_counter()
        sent_at[await around.send()] = began
        await asyncio.sleep(max(0.0, began + IDLE_PAUSE - time.perf_counter()))
    await around.until(lambda: all(cause in around.out for cause in sent_at), plan.seconds, "all idle facts out")
    latencies = [(around.out_at[cause] - began) * 1e3 for cause, began in sent_at.items()]  # type: ignore[index]
    return latencies[IDLE_WARM_UP:]


async def _settled(contestant: Contestant, url: str, sent: int) -> list[str]:
    """Is every outbox row marked sent, soon after everything came out?"""
    if not contestant.outbox:
        return []
    connection = await asyncpg.connect(url)
    try:
        for _ in range(40):
            if await connection.fetchval(EVERYTHING_WAS_SENT, sent):
                return []
            await asyncio.sleep(IDLE_PAUSE)
    finally:
        await connection.close()
    return ["outbox rows stayed unsent"]


async def _wrong(url: str, around: Yard) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        broken = [promise for promise, query in CHECKS.items() if not await connection.fetchval(query, around.sent)]
    finally:
        await connection.close()
    faults = [f"not true: {promise}" for promise in broken]
    if len(around.out) != around.sent:
        faults.append(f"{around.sent - len(around.out)} facts never came out")
    if doubled := around.out.total() - len(around.out):
        faults.append(f"{doubled} facts came out twice")
    return faults
