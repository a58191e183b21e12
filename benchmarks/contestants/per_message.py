"""One transaction per message, by hand: aio-pika with prefetch 50, asyncpg, dedupe and outbox.  Each message publishes its own
outbox row after its commit, and marks it; rows left by a crash are sent at the next start."""

import asyncio
import json
from functools import partial
from typing import Any
from uuid import UUID

import aio_pika
import asyncpg
from aio_pika.abc import AbstractExchange, AbstractIncomingMessage

from benchmarks.facts import CarPlaced
from benchmarks.hop import EXCHANGE, QUEUE, SAID_KEY, STORE, Bench, headers
from shared.clock import now
from shared.database import new_id

PREFETCH = 50
CONNECTIONS = 8

CLAIM = "INSERT INTO inbox (event_id, type) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING event_id"
LOAD = "SELECT version, cars, minutes FROM bays WHERE id = $1 FOR UPDATE"
SAVE = "UPDATE bays SET version = $2, cars = $3, minutes = $4 WHERE id = $1"
VISIT = """
INSERT INTO visits (id, store_id, bay_id, advisor, minutes, arrived_at, cause_id)
VALUES ($1, $2, $3, $4, $5, $6::text::timestamptz, $7)
"""
ANNOUNCE = "INSERT INTO outbox (id, routing_key, headers, body) VALUES ($1, $2, $3, $4)"
SENT = "UPDATE outbox SET sent_at = now() WHERE id = $1"
UNSENT = "SELECT id, headers, body FROM outbox WHERE sent_at IS NULL ORDER BY id"


async def run(bench: Bench) -> None:
    """Do hops until cancelled."""
    async with (
        asyncpg.create_pool(bench.postgres, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool,
        await aio_pika.connect(bench.broker) as hearing,
        await aio_pika.connect(bench.broker) as speaking,
    ):
        exchange = await (await speaking.channel(on_return_raises=True)).get_exchange(EXCHANGE)
        for row in await pool.fetch(UNSENT):
            await send(pool, exchange, row["id"], json.loads(row["headers"]), row["body"].encode())
        channel = await hearing.channel()
        await channel.set_qos(PREFETCH)
        queue = await channel.get_queue(QUEUE)
        await queue.consume(partial(hop, pool, exchange))
        await asyncio.Event().wait()


async def hop(pool: Any, exchange: AbstractExchange, message: AbstractIncomingMessage) -> None:
    """Decide in one transaction, ack, publish, mark."""
    async with pool.acquire() as connection, connection.transaction():
        placed = await place(connection, message)
    await message.ack()
    if placed:
        await send(pool, exchange, *placed)


async def place(connection: Any, message: AbstractIncomingMessage) -> tuple[UUID, dict[str, Any], bytes] | None:
    """The hop's work for one message: what is to be said, or None when it was heard before."""
    cause = UUID(message.message_id)
    if not await connection.fetchval(CLAIM, cause, message.type):
        return None
    car = json.loads(message.body)
    bay_id, visit_id, fact_id, at = UUID(car["bay_id"]), new_id(), new_id(), now()
    version, cars, minutes = await connection.fetchrow(LOAD, bay_id)
    version, cars, minutes = version + 1, cars + 1, minutes + car["minutes"]
    await connection.execute(SAVE, bay_id, version, cars, minutes)
    await connection.execute(VISIT, visit_id, STORE, bay_id, car["advisor"], car["minutes"], car["arrived_at"], cause)
    correlation = str(message.headers["cloudEvents:correlationid"])
    envelope = headers(fact_id, car["bay_id"], version, correlation, str(cause), at)
    body = {
        "visit_id": str(visit_id),
        "cars": cars,
        "minutes": minutes,
        "concerns": car["concerns"],
        "placed_at": at.isoformat(),
    }
    text = json.dumps(body)
    await connection.execute(ANNOUNCE, fact_id, SAID_KEY, json.dumps(envelope), text)
    return fact_id, envelope, text.encode()


async def send(pool: Any, exchange: AbstractExchange, fact_id: UUID, envelope: dict[str, Any], body: bytes) -> None:
    """Publish one outbox row, persistent and confirmed, and mark it."""
    message = aio_pika.Message(
        body,
        message_id=str(fact_id),
        type=CarPlaced.type,
        headers=envelope,
        delivery_mode=aio_pika.DeliveryMode.PERSISTENT,
        content_type="application/json",
    )
    await exchange.publish(message, SAID_KEY, mandatory=True)
    await pool.execute(SENT, fact_id)
