"""`loop4s demo`: cars of several stores go through the whole loop, on private servers, over the HTTP APIs only."""

import asyncio
import json
import secrets
from collections import Counter
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import httpx
import typer

from deploy.demo.journey import Journey, Store, Told, open_store, staff
from deploy.demo.people import GivenUp
from deploy.demo.plan import Car, cars
from deploy.demo.verdict import counted, finished, measured, quiet
from deploy.installation import Installation, Say, installed
from deploy.local import default_folder, throwaway_folder
from deploy.local.processes import say_on_stderr
from deploy.up import tell, until_told_to_stop
from shared.settings import settings, stores

AT_ONCE = 8
"""How many cars are in the stores at the same time."""
SHORT_WAITS = {"LOOP4S_SURVEY_OPENS_AFTER_S": "1", "LOOP4S_SURVEY_DUE_AFTER_S": "60", "LOOP4S_SCHEDULE_POLL_MS": "200"}
"""The demonstration does not wait two days for its surveys."""


def demo(
    cars: Annotated[int, typer.Option(min=1, max=2_000, help="How many cars.")] = 30,
    stores: Annotated[int, typer.Option(min=1, max=5, help="How many stores.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    exit: Annotated[bool, typer.Option("--exit", help="Stop when all cars are through; the exit code tells.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the servers; thrown away with --exit when left out.")
    ] = None,
) -> None:
    """Show the whole loop on real RabbitMQ and PostgreSQL, started privately; the last line is one JSON object."""
    if exit and data is None:
        with throwaway_folder() as folder:
            good = asyncio.run(_show(folder, cars, stores, seed, stay=False))
    else:
        folder = (data or default_folder(say_on_stderr)).absolute()
        good = asyncio.run(_show(folder, cars, stores, seed, stay=not exit))
    raise typer.Exit(0 if good else 1)


async def _show(folder: Path, count: int, store_count: int, seed: int, *, stay: bool) -> bool:
    began = monotonic()
    async with installed(Installation(folder, store_count, SHORT_WAITS)) as running:
        outcome = await drive(running.services.urls, count, seed, began, say_on_stderr)
        typer.echo(json.dumps(outcome.summary))
        if stay:
            tell(running, say_on_stderr)
            await until_told_to_stop()
    return outcome.good


class Outcome:
    """What a run of the demonstration came to: `summary` is its JSON object."""

    def __init__(self, good: bool, summary: dict[str, Any], failures: list[str]) -> None:
        self.good, self.summary, self.failures = good, summary, failures


async def drive(urls: dict[str, str], count: int, seed: int, began: float, say: Say) -> Outcome:
    """Send the cars through services that stand at these URLs, and judge."""
    story = cars(count, list(stores()), seed)
    async with httpx.AsyncClient(timeout=10, limits=httpx.Limits(max_connections=100)) as client:
        shops = {code: staff(code, urls, client) for code in stores()}
        run = secrets.token_hex(3)
        await asyncio.gather(*(open_store(shop, run) for shop in shops.values()))
        say(f"{len(shops)} stores are open: technicians, bays, parts on the shelves, warranty policies")
        told = await _all_the_way(story, shops, began, say)
    failures = [f"car {car.number}: {one}" for car, one in zip(story, told, strict=True) if isinstance(one, BaseException)]
    for failure in failures:
        say(failure)
    still, dead = await quiet(settings())
    if not still:
        failures.append("queues or outboxes did not become empty")
    good = finished(story, told) and still and dead == 0
    summary = {
        **counted(story, told),
        **await measured(settings()),
        "dead": dead,
        "finished": good,
        "seed": seed,
        "seconds": round(monotonic() - began, 1),
    }
    return Outcome(good, summary, failures)


async def _all_the_way(story: list[Car], shops: dict[str, Store], began: float, say: Say) -> list[Told | BaseException]:
    """All journeys, a few at once, with a line of progress a second."""
    steps: Counter[str] = Counter()
    room = asyncio.Semaphore(AT_ONCE)

    async def one(car: Car) -> Told:
        async with room:
            return await Journey(car, shops[car.store_id], began, lambda step: steps.update([step])).walk()

    async def progress() -> None:
        while True:
            await asyncio.sleep(1)
            if steps:
                say(f"{monotonic() - began:5.0f} s  " + ", ".join(f"{n} {step}" for step, n in steps.items()))

    reporter = asyncio.create_task(progress())
    try:
        return await asyncio.gather(*(one(car) for car in story), return_exceptions=True)
    finally:
        reporter.cancel()


__all__ = ["GivenUp", "Outcome", "demo", "drive"]
