"""Did every car finish, and what did it take: counted in the databases and queues after the traffic."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Any, TypeVar

import asyncpg
import httpx

from deploy.demo.journey import Told
from deploy.demo.plan import Car
from shared.settings import SERVICES, Settings
from shared.topology import OTHERS
from shared.topology.management import BrokerRefused, management

QUIET_S = 120
T = TypeVar("T")


async def quiet(conf: Settings) -> tuple[bool, int]:
    """Wait until all outboxes and queues are empty: whether they are, and the number of dead letters."""
    end = monotonic() + QUIET_S
    while True:
        moving, dead = await _patiently(lambda: _still_moving(conf))
        if moving == 0 or monotonic() > end:
            return moving == 0, dead
        await asyncio.sleep(0.3)


async def _still_moving(conf: Settings) -> tuple[int, int]:
    """Facts on their way, and dead letters."""
    waiting = sum(await asyncio.gather(*(_unsent(conf, service) for service in SERVICES)))
    depths = await queue_depths(conf)
    dead = sum(depth for queue, depth in depths.items() if queue.endswith(".dead"))
    return waiting + sum(depths.values()) - dead, dead


async def _patiently(look: Callable[[], Awaitable[T]]) -> T:
    """Look again while a server is away."""
    end = monotonic() + QUIET_S
    while True:
        try:
            return await look()
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, httpx.HTTPError, BrokerRefused):
            if monotonic() > end:
                raise
        await asyncio.sleep(0.5)


async def queue_depths(conf: Settings) -> dict[str, int]:
    """Messages per queue of Loop4S, ready or being worked on; a broker that is just starting knows no figures yet."""
    async with management(conf) as broker:
        queues: list[dict[str, Any]] = await broker.ask("GET", "queues", conf.vhost) or []
    return {queue["name"]: int(queue.get("messages", 1)) for queue in queues if not queue["name"].startswith(OTHERS)}


async def measured(conf: Settings) -> dict[str, Any]:
    """Facts published, and the lag from announcing to the committed effect, over all hearers."""
    return await _patiently(lambda: _measured(conf))


async def _measured(conf: Settings) -> dict[str, Any]:
    published, lags = 0, []
    for service in SERVICES:
        database = await _connect(conf, service)
        try:
            published += await database.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NOT NULL")
            rows = await database.fetch("SELECT extract(epoch FROM handled_at - announced_at) * 1000 AS ms FROM inbox")
            lags += [float(row["ms"]) for row in rows]
        finally:
            await database.close()
    lags.sort()
    return {
        "events_published": published,
        "event_lag_p50_ms": round(_percentile(lags, 0.50), 1),
        "event_lag_p99_ms": round(_percentile(lags, 0.99), 1),
    }


def counted(cars: Sequence[Car], told: Sequence[Told | BaseException]) -> dict[str, Any]:
    """What the journeys came to."""
    ended = [one for one in told if isinstance(one, Told)]
    first = min((one.delivered_after_s for one in ended if one.delivered), default=None)
    return {
        "cars": len(cars),
        "delivered": sum(one.delivered for one in ended),
        "surveys_answered": sum(one.answered for one in ended),
        "complaints": sum(one.complaint for one in ended),
        "claims_paid": sum(one.claims_paid for one in ended),
        "backorders": sum(one.backorders for one in ended),
        "reworks": sum(one.reworks for one in ended),
        "trades": len({work.operation.trade for car in cars for work in car.works}),
        "broken_lifts": sum(one.lift_broken for one in ended),
        "lent_back": sum(one.lent_back for one in ended),
        "comebacks": sum(one.came_back for one in ended),
        "appointments": sum(one.arrived_by == "appointment" for one in ended),
        "rescues": sum(one.arrived_by == "rescue" for one in ended),
        "walk_arounds": sum(one.walked_around for one in ended),
        "photos": sum(one.photos for one in ended),
        "supplements_approved": sum(one.supplement == "approved" for one in ended),
        "supplements_declined": sum(one.supplement == "declined" for one in ended),
        "split_bills": sum(one.payers > 1 for one in ended),
        "fleet_on_account": sum(one.on_account for one in ended),
        "packages": sum(one.packaged for one in ended),
        "discounts": sum(one.discounted for one in ended),
        "sublets": sum(one.services.count("sublet") for one in ended),
        "agency_services": sum(one.services.count("agency") for one in ended),
        "credit_notes": sum(one.credited for one in ended),
        "members": sum(one.redemptions > 0 for one in ended),
        "redemptions": sum(one.redemptions for one in ended),
        "first_delivered_after_s": None if first is None else round(first, 1),
    }


def finished(cars: Sequence[Car], told: Sequence[Told | BaseException]) -> bool:
    """Every car came as planned, was walked around, delivered, asked, with its complaint where it scored low and its
    claims paid; what was found on the way was decided, lifts broke, cars were lent back and came back, and the bills were
    split, put on account, paid by members and corrected as planned."""
    return all(
        isinstance(one, Told)
        and one.delivered
        and one.answered
        and one.complaint == car.low
        and (one.lift_broken, one.came_back) == (car.lift_breaks, car.comes_back)
        and one.lent_back == car.lent_back
        and one.claims_paid == sum(work.payer == "warranty" for work in car.works)
        and (one.arrived_by, one.supplement, one.credited) == (car.arrival, car.supplement, car.credited)
        and (one.walked_around, one.photos) == (True, int(car.damaged))
        and (one.packaged, one.discounted) == (car.packaged, car.discounted)
        and one.services == ("sublet",) * car.sublet + ("agency",) * car.agency
        and (one.payers > 1, one.on_account) == (car.split, car.company)
        and (one.redemptions > 0) == car.member
        for car, one in zip(cars, told, strict=True)
    )


async def _unsent(conf: Settings, service: str) -> int:
    database = await _connect(conf, service)
    try:
        return int(await database.fetchval("SELECT count(*) FROM outbox WHERE sent_at IS NULL"))
    finally:
        await database.close()


async def _connect(conf: Settings, service: str) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(conf.postgres_url(f"{service}_owner", conf.database(service)), timeout=30)


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
