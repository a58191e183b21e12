"""`python -m benchmarks`: all contestants in turn, several rounds, one table, one JSON object as the last line.

Exit code 0 when every contestant was exact (goals may be missed), 1 when one was not, 2 for a bad option.
"""

import argparse
import asyncio
import json
import signal
import sys
import time
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import NoReturn

import uvloop

from benchmarks.servers import Servers, private_servers
from benchmarks.turns import Contestant, Figures, Plan, turn
from benchmarks.verdict import FLOOR, NAIVE, PER_MESSAGE, PRODUCT, TWO, table, verdict

CONTESTANTS = (
    Contestant(FLOOR, "benchmarks.contestants.floor"),
    Contestant(NAIVE, "benchmarks.contestants.naive", outbox=False),
    Contestant(PER_MESSAGE, "benchmarks.contestants.per_message"),
    Contestant(PRODUCT, "benchmarks.contestants.product"),
    Contestant(TWO, "benchmarks.contestants.product", processes=2),
)


class _Options(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = _Options("python -m benchmarks", description="What one hop costs, beside the floor and the peers.")
    parser.add_argument("--events", type=_positive, default=3000, help="hops per turn (default 3000)")
    parser.add_argument("--idle-events", type=_positive, default=60, help="hops one at a time per turn (default 60)")
    parser.add_argument("--rounds", type=_positive, default=3, help="how often everybody has a turn (default 3)")
    parser.add_argument("--seconds-limit", type=_positive, default=280, help="begin no new round after this (default 280)")
    parser.add_argument("--batch", type=_positive, default=128, help="most messages in one transaction (default 128)")
    parser.add_argument("--only", action="append", choices=[c.name for c in CONTESTANTS], help="only this one; may be repeated")
    parser.add_argument("--postgres", help="an administrator's postgresql:// address instead of a private server")
    parser.add_argument("--broker", help="an administrator's amqp:// address instead of a private server")
    options = parser.parse_args(arguments)
    if bool(options.postgres) != bool(options.broker):
        parser.error("--postgres and --broker go together")
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or not (number := int(text)):
        raise argparse.ArgumentTypeError("must be a whole number above zero")
    return number


async def _run(options: argparse.Namespace) -> bool:
    began = time.monotonic()
    if task := asyncio.current_task():
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    plan = Plan(options.events, options.idle_events, options.batch, seconds=max(30.0, options.events / 50))
    contestants = [c for c in CONTESTANTS if not options.only or c.name in options.only]
    turns: dict[str, list[Figures]] = {contestant.name: [] for contestant in contestants}
    servers: AbstractAsyncContextManager[Servers]
    servers = nullcontext(Servers(options.postgres, options.broker)) if options.postgres else private_servers()
    async with servers as found:
        durable = await found.durable()
        longest = 0.0
        for number in range(1, options.rounds + 1):
            round_began = time.monotonic()
            if number > 1 and round_began - began + longest > options.seconds_limit:
                _say(f"{options.seconds_limit} s are used up: no round {number}")
                break
            for contestant in contestants:
                figures = await turn(contestant, found, plan)
                turns[contestant.name].append(figures)
                _say(f"round {number}: {contestant.name}: {figures.hops_per_second:.0f} hop/s {'; '.join(figures.faults)}")
            longest = max(longest, time.monotonic() - round_began)
    said = verdict(
        turns,
        durable=durable,
        events=options.events,
        rounds=len(turns[contestants[0].name]),
        seconds=round(time.monotonic() - began, 1),
    )
    if not durable:
        print("PostgreSQL runs without durable settings: these figures say nothing about a real installation.\n")
    print(table(turns))
    print(json.dumps(said))
    return bool(said["valid"])


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Run, and tell the exit code."""
    options = _options(sys.argv[1:])
    try:
        return 0 if uvloop.run(_run(options)) else 1
    except (asyncio.CancelledError, KeyboardInterrupt):
        _say("stopped")
        return 1


if __name__ == "__main__":
    sys.exit(main())
