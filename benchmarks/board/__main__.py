"""`python -m benchmarks.board`: the board with a long past beside the board with a short one, in one interleaved run on one
private server; a few lines for people, one JSON object as the last line.

Exit code 0 when both showed the same board (the goal may be missed), 1 when they did not, 2 for a bad option.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any, NoReturn
from urllib.parse import urlsplit

import asyncpg
import uvloop

from benchmarks import hop_service
from benchmarks.board import history
from deploy.local import PrivatePostgres, throwaway_folder
from services.workshop.queries import board, measures
from shared import clock
from shared.database import Database
from shared.migrations import migrate
from shared.settings import Settings

STORES = Path(hop_service.__file__).parent / "stores.json"
STORE: str = json.loads(STORES.read_text())[0]["code"]
BOUND = 1.5
"""The goal: p99 with the long past is at most this many times that with the short one."""
CHUNK = 100_000
WARM_UP = 20
QUARTERS = 5


class _Options(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Options("python -m benchmarks.board", description="What the board costs after years, beside the first week.")
    parser.add_argument(
        "--finished", type=_positive, default=1_000_000, help="finished jobs of the long past (default 1000000)"
    )
    parser.add_argument("--few", type=_positive, default=1_000, help="finished jobs of the short past (default 1000)")
    parser.add_argument("--reads", type=_positive, default=1_000, help="reads of each board per round (default 1000)")
    parser.add_argument("--rounds", type=_positive, default=3, help="how often both are measured (default 3)")
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    if not text.isdecimal() or not (number := int(text)):
        raise argparse.ArgumentTypeError("must be a whole number above zero")
    return number


async def _run(options: argparse.Namespace) -> bool:
    with throwaway_folder() as folder:
        async with PrivatePostgres(folder / "postgres") as postgres:
            address, began = urlsplit(postgres.url()), clock.now()
            for name in [name for name in os.environ if name.startswith("LOOP4S_")]:
                del os.environ[name]  # an installation's own settings and secrets are not this server's
            os.environ |= {
                "LOOP4S_STORES_FILE": str(STORES),
                "LOOP4S_SECRET_DATABASE_POSTGRES": postgres.password,
                "LOOP4S_SECRET_DATABASE_WORKSHOP": "bench",
                "LOOP4S_SECRET_DATABASE_WORKSHOP_OWNER": "bench",
            }
            databases = {}
            loading = time.monotonic()
            for name, finished in (("few", options.few), ("many", options.finished)):
                conf = Settings(postgres=f"{address.hostname}:{address.port}", database_prefix=f"{name}_")
                await migrate("workshop", conf)
                await _load(postgres.url(conf.database("workshop")), finished, began)
                databases[name] = Database.connect("workshop", conf)
                _say(f"{name}: {finished:,} finished jobs")
            loaded_s = time.monotonic() - loading
            try:
                said = await _measured(databases, options)
            finally:
                for database in databases.values():
                    await database.close()
    print(json.dumps(said | {"finished": options.finished, "loaded_s": round(loaded_s, 1)}))
    return bool(said["valid"])


async def _load(address: str, finished: int, began: datetime) -> None:
    """The same people and open jobs, and so many finished ones; foreign keys are not looked up on the way in."""
    moment, pieces = began.isoformat(), asyncio.Queue[tuple[int, int]]()
    for first in range(1, finished + 1, CHUNK):
        pieces.put_nowait((first, min(first + CHUNK - 1, finished)))

    async def work() -> None:
        connection = await asyncpg.connect(address, server_settings={"session_replication_role": "replica"})
        try:
            while not pieces.empty():
                first, last = pieces.get_nowait()
                await connection.execute(history.past(STORE, first, last, moment))
        finally:
            await connection.close()

    await asyncio.gather(work(), work())
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(history.people(STORE) + history.present(STORE, moment))
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


async def _measured(databases: dict[str, Database], options: argparse.Namespace) -> dict[str, Any]:
    shown = {name: [await _look(database) for _ in range(WARM_UP)][-1][1] for name, database in databases.items()}
    valid = shown["few"] == shown["many"] and len(json.loads(shown["many"])["jobs"]) == history.OPEN_JOBS
    rounds: list[dict[str, list[float]]] = []
    for number in range(options.rounds):
        took: dict[str, list[float]] = {name: [] for name in databases}
        for turn in range(options.reads):
            for name in sorted(databases, reverse=bool(turn % 2)):
                took[name].append((await _look(databases[name]))[0])
        rounds.append(took)
        _say(f"round {number + 1}: " + ", ".join(f"{name} p99 {_p99(ms):.2f} ms" for name, ms in took.items()))
    ratio = median(_p99(each["many"]) / _p99(each["few"]) for each in rounds)
    figures = {
        name: {
            "p50_ms": round(median(ms for each in rounds for ms in each[name]), 2),
            "p99_ms": round(median(_p99(each[name]) for each in rounds), 2),
        }
        for name in databases
    }
    quarter_ms = round(median([await _quarter(databases["many"]) for _ in range(QUARTERS)]), 1)
    for name, figure in figures.items():
        print(f"{name:<6} p50 {figure['p50_ms']:>7.2f} ms   p99 {figure['p99_ms']:>7.2f} ms")
    print(f"p99, long past / short past: {ratio:.2f}   goal ≤ {BOUND}   {'met' if ratio <= BOUND else 'MISSED'}")
    print(f"measures of a quarter with the long past: {quarter_ms} ms")
    return {
        "valid": valid,
        "board_p99_many_vs_few": round(ratio, 3),
        "goals_met": {"board_p99_many_vs_few": ratio <= BOUND},
        "boards": figures,
        "quarter_ms": quarter_ms,
    }


async def _look(database: Database) -> tuple[float, str]:
    """Milliseconds, and what was seen."""
    began = time.perf_counter()
    async with database.transaction((STORE,)) as session:
        shown = await board.board(STORE, session)
    return (time.perf_counter() - began) * 1000, shown


async def _quarter(database: Database) -> float:
    """Milliseconds for the measures of the last 92 days."""
    began, until_on = time.perf_counter(), clock.now().date()
    async with database.transaction((STORE,)) as session:
        await measures.measures([STORE], until_on - timedelta(days=91), until_on, "store", session)
    return (time.perf_counter() - began) * 1000


def _p99(figures: Sequence[float]) -> float:
    return quantiles(figures, n=100, method="inclusive")[98] if len(figures) > 1 else figures[0]


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run, and tell the exit code."""
    return 0 if uvloop.run(_run(_options(sys.argv[1:]))) else 1


if __name__ == "__main__":
    sys.exit(main())
