"""The floor: the product's promises (dedupe, outbox) by hand and without a framework.  aiormq and asyncpg, one set-based
transaction for all messages that wait, ack(multiple), a relay that is fed after the commit and pipelines its confirms."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiormq
import asyncpg
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from benchmarks.facts import CarPlaced
from benchmarks.hop import EXCHANGE, QUEUE, SAID_KEY, STORE, Bench, headers
from shared.clock import now
from shared.database import new_id

CLAIM = (
    "INSERT INTO inbox (event_id, type) SELECT * FROM unnest($1::uuid[], $2::text[]) ON CONFLICT DO NOTHING RETURNING event_id"
)
LOAD = "SELECT id, version, cars, minutes FROM bays WHERE id = ANY($1) ORDER BY id FOR UPDATE"
SAVE = """
UPDATE bays b SET version = n.version, cars = n.cars, minutes = n.minutes
FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[]) n(id, version, cars, minutes) WHERE b.id = n.id
"""
VISITS = """
INSERT INTO visits (id, store_id, bay_id, advisor, minutes, arrived_at, cause_id)
SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[]::timestamptz[], $7::uuid[])
"""
ANNOUNCE = (
    "INSERT INTO outbox (id, routing_key, headers, body) SELECT * FROM unnest($1::uuid[], $2::text[], $3::jsonb[], $4::text[])"
)
SENT = "UPDATE outbox SET sent_at = now() WHERE id = ANY($1)"
UNSENT = "SELECT id, headers, body FROM outbox WHERE sent_at IS NULL ORDER BY id"
RELAY_BATCH = 200


@dataclass(slots=True)
class Waiting:
    """What waits for its turn; `next` takes as many as there are, up to a limit."""

    items: list[Any] = field(default_factory=list)
    some: asyncio.Event = field(default_factory=asyncio.Event)

    def add(self, items: list[Any]) -> None:
        self.items += items
        self.some.set()

    async def next(self, limit: int) -> list[Any]:
        while not self.items:
            self.some.clear()
            await self.some.wait()
        taken, self.items = self.items[:limit], self.items[limit:]
        return taken


@dataclass(slots=True)
class Said:
    """One fact on its way out."""

    id: UUID
    headers: dict[str, Any]
    body: bytes


async def run(bench: Bench) -> None:
    """Do hops until cancelled."""
    heard, said = Waiting(), Waiting()
    deciding, sending = await asyncpg.connect(bench.postgres), await asyncpg.connect(bench.postgres)
    hearing, speaking = await aiormq.connect(bench.broker), await aiormq.connect(bench.broker)
    try:
        said.add([Said(row["id"], json.loads(row["headers"]), row["body"].encode()) for row in await sending.fetch(UNSENT)])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(commit(bench, await hearing.channel(), deciding, heard, said))
            tasks.create_task(relay(await speaking.channel(publisher_confirms=True), sending, said))
    finally:
        for connection in (hearing, speaking, deciding, sending):
            await connection.close()


async def commit(bench: Bench, channel: Any, postgres: Any, heard: Waiting, said: Waiting) -> None:
    """One transaction for all that waits, then one ack for all of it."""

    async def take(message: DeliveredMessage) -> None:
        heard.add([message])

    await channel.basic_qos(prefetch_count=2 * bench.batch)
    await channel.basic_consume(QUEUE, take)
    while True:
        messages = await heard.next(bench.batch)
        async with postgres.transaction():
            announced = await place(postgres, messages)
        said.add(announced)
        await channel.basic_ack(messages[-1].delivery.delivery_tag, multiple=True, wait=False)


async def place(postgres: Any, messages: list[DeliveredMessage]) -> list[Said]:
    """The hop's work for all messages that were not heard before, set by set."""
    arrivals = {UUID(message.header.properties.message_id): message for message in messages}
    types = [str(message.header.properties.message_type) for message in arrivals.values()]
    new = {row["event_id"] for row in await postgres.fetch(CLAIM, list(arrivals), types)}
    cars = [(cause, json.loads(message.body), message) for cause, message in arrivals.items() if cause in new]
    if not cars:
        return []
    rows = await postgres.fetch(LOAD, [UUID(car["bay_id"]) for _, car, _ in cars])
    bays = {row["id"]: [row["version"], row["cars"], row["minutes"]] for row in rows}
    at = now()
    said, visits = [], []
    for cause, car, message in cars:
        bay_id, visit_id = UUID(car["bay_id"]), new_id()
        bay = bays[bay_id]
        bay[0] += 1
        bay[1] += 1
        bay[2] += car["minutes"]
        visits.append((visit_id, STORE, bay_id, car["advisor"], car["minutes"], car["arrived_at"], cause))
        said.append(_placed(visit_id, car["bay_id"], bay, car["concerns"], _correlation(message), cause, at))
    await postgres.execute(SAVE, list(bays), *map(list, zip(*bays.values(), strict=True)))
    await postgres.execute(VISITS, *map(list, zip(*visits, strict=True)))
    await postgres.execute(
        ANNOUNCE,
        [fact.id for fact in said],
        [SAID_KEY] * len(said),
        [json.dumps(fact.headers) for fact in said],
        [fact.body.decode() for fact in said],
    )
    return said


def _correlation(message: DeliveredMessage) -> str:
    headers: Any = message.header.properties.headers
    return str(headers["cloudEvents:correlationid"])


def _placed(visit_id: UUID, bay_id: str, bay: list[int], concerns: Any, correlation: str, cause: UUID, at: Any) -> Said:
    version, cars, minutes = bay
    fact_id = new_id()
    body = {"visit_id": str(visit_id), "cars": cars, "minutes": minutes, "concerns": concerns, "placed_at": at.isoformat()}
    return Said(fact_id, headers(fact_id, bay_id, version, correlation, str(cause), at), json.dumps(body).encode())


async def relay(channel: Any, postgres: Any, said: Waiting) -> None:
    """Publish what was committed, in order and pipelined; mark what the broker confirmed."""
    while True:
        facts = await said.next(RELAY_BATCH)
        await asyncio.gather(*(_publish(channel, fact) for fact in facts))
        await postgres.execute(SENT, [fact.id for fact in facts])


async def _publish(channel: Any, fact: Said) -> None:
    properties = Basic.Properties(
        message_id=str(fact.id),
        message_type=CarPlaced.type,
        headers=fact.headers,
        delivery_mode=2,
        content_type="application/json",
    )
    await channel.basic_publish(
        fact.body, exchange=EXCHANGE, routing_key=SAID_KEY, properties=properties, mandatory=True, wait=False
    )
