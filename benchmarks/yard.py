"""The street around a contestant: the queues, the arrivals that are sent in, and what comes out."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import aiormq
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from benchmarks.facts import CarArrived, CarPlaced
from benchmarks.hop import EXCHANGE, OUT_QUEUE, QUEUE, an_arrival
from shared.clock import day_in, now
from shared.database import new_id
from shared.events import envelope

AT_ONCE = 500


class TooSlow(Exception):
    """Something did not happen within its time; the text says what."""


@dataclass(slots=True)
class Yard:
    """What is on its way in and out, as seen from outside of the contestant."""

    channel: Any
    sent: int = 0
    out: Counter[UUID] = field(default_factory=Counter)
    """How often each arrival's consequence came out, by the arrival's event id."""
    out_at: dict[UUID, float] = field(default_factory=dict)
    _came: asyncio.Event = field(default_factory=asyncio.Event)
    _consumer: str | None = None

    async def send(self) -> UUID:
        """One arrival, persistent and confirmed; its event id."""
        fact, event_id = an_arrival(self.sent), new_id()
        self.sent += 1
        await self.channel.basic_publish(
            fact.body().encode(),
            exchange=EXCHANGE,
            routing_key=fact.routing_key,
            properties=_properties(event_id, fact),
            mandatory=True,
            wait=False,
        )
        return event_id

    async def fill(self, events: int) -> None:
        """Put this many arrivals into the queue."""
        for start in range(0, events, AT_ONCE):
            await asyncio.gather(*(self.send() for _ in range(min(AT_ONCE, events - start))))

    async def waiting_outside(self) -> int:
        """How many facts wait in the out queue."""
        answer = await self.channel.queue_declare(OUT_QUEUE, passive=True)
        return int(answer.message_count)

    async def collect(self) -> None:
        """From now on take everything out of the out queue, and note when it came."""

        async def take(message: DeliveredMessage) -> None:
            headers: Any = message.header.properties.headers
            cause = UUID(headers["cloudEvents:causationid"])
            self.out[cause] += 1
            self.out_at.setdefault(cause, time.perf_counter())
            self._came.set()

        consuming = await self.channel.basic_consume(OUT_QUEUE, take, no_ack=True)
        self._consumer = consuming.consumer_tag

    async def leave(self) -> None:
        """Take no more, and take the queues away."""
        if self._consumer:
            await self.channel.basic_cancel(self._consumer)
        for queue in (QUEUE, OUT_QUEUE):
            await self.channel.queue_delete(queue)

    async def until(self, true: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait, checking whenever something came out; TooSlow after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while not true():
                    self._came.clear()
                    await self._came.wait()
        except TimeoutError:
            raise TooSlow(f"{what}: not within {seconds:.0f} s") from None


def _properties(event_id: UUID, fact: CarArrived) -> Basic.Properties:
    headers = envelope.headers(
        id=event_id,
        type=fact.type,
        time=now(),
        about=fact.about,
        causation=new_id(),
        actor="service:yard",
        business_date=day_in("Asia/Shanghai").isoformat(),
        traceparent=f"00-{event_id.hex}-{event_id.hex[16:]}-01",
    )
    return Basic.Properties(
        content_type="application/json", headers=headers, delivery_mode=2, message_id=str(event_id), message_type=fact.type
    )


@asynccontextmanager
async def yard(broker: str) -> AsyncIterator[Yard]:
    """Both quorum queues, empty and bound to the durable topic exchange; they are deleted at the end."""
    connection = await aiormq.connect(broker)
    try:
        channel = await connection.channel(publisher_confirms=True)
        await channel.exchange_declare(EXCHANGE, exchange_type="topic", durable=True)
        for queue, heard in ((QUEUE, CarArrived), (OUT_QUEUE, CarPlaced)):
            await channel.queue_delete(queue)
            await channel.queue_declare(queue, durable=True, arguments={"x-queue-type": "quorum"})
            await channel.queue_bind(queue, EXCHANGE, f"*.{heard.type}")
        around = Yard(channel)
        yield around
        await around.leave()
    finally:
        await connection.close()
