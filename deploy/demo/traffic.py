"""Many cars at once, sent through services that run, and the judgement of what came of them."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable
from time import monotonic
from typing import Any

import httpx

from deploy.demo import troubles
from deploy.demo.front_desk import trial_balance
from deploy.demo.journey import Journey, Told
from deploy.demo.plan import Car, cars
from deploy.demo.stores import Store, open_store, staff
from deploy.demo.verdict import counted, finished, measured, quiet
from shared.settings import settings, stores

AT_ONCE = 8
"""How many cars are in the stores at the same time."""
Say = Callable[[str], None]


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
        first = next(iter(shops.values()))
        told, forgotten, walked = await asyncio.gather(
            _all_the_way(story, shops, began, say),
            troubles.forget_to_clock_out(first, run),
            troubles.walk_the_round(first),
        )
        balanced = all(await asyncio.gather(*(trial_balance(shop) for shop in shops.values())))
    failures = [f"car {car.number}: {one}" for car, one in zip(story, told, strict=True) if isinstance(one, BaseException)]
    for failure in failures:
        say(failure)
    still, dead = await quiet(settings())
    if not still:
        failures.append("queues or outboxes did not become empty")
    if not balanced:
        failures.append("the members' ledger does not agree")
    good = finished(story, told) and forgotten and walked and still and balanced and dead == 0
    summary = {
        **counted(story, told),
        **await measured(settings()),
        "forgotten_clocks": int(forgotten),
        "safety_rounds": int(walked),
        "ledger_balanced": balanced,
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
