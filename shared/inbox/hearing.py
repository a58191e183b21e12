"""One FastStream subscriber per service: it takes raw messages off the queue and hands them to the committer."""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import cast

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, QueueType, RabbitBroker, RabbitQueue
from faststream.rabbit.subscriber.usecase import RabbitSubscriber

from shared import telemetry
from shared.database import Database
from shared.events import Event
from shared.inbox.committer import Committer
from shared.inbox.hears import Hears
from shared.inbox.ladder import Ladder
from shared.relay import Relay
from shared.settings import Settings

log = structlog.get_logger("inbox")
DRAIN_S = 25.0


class Hearing:
    """Hears the service's queue as long as it is started; the broker may come and go."""

    def __init__(
        self, service: str, hears: Mapping[type[Event], Hears], database: Database, relay: Relay, settings: Settings
    ) -> None:
        self.service, self.settings, self.hears = service, settings, hears
        self.committer = Committer(service, hears, database, Ladder(service, relay, settings), settings.batch)
        self._broker: RabbitBroker | None = None
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def running(self) -> bool:
        """Whether a consumer stands at the queue now."""
        return any(
            subscriber._consumer_tag and subscriber._queue_obj and not subscriber._queue_obj.channel.is_closed
            for subscriber in self._subscribers()
        )

    @property
    def alive(self) -> bool:
        """Whether the tasks still work (or there is nothing to hear)."""
        return not any(task.done() and (task.cancelled() or task.exception()) for task in self._tasks)

    async def start(self) -> None:
        """Start in the background: a missing broker is waited for, not an error."""
        if self.hears:
            self._tasks = [
                asyncio.create_task(self.committer.run(), name=f"committer:{self.service}"),
                asyncio.create_task(self._consume(), name=f"consumer:{self.service}"),
            ]

    async def stop(self) -> None:
        """Cancel the consumer first (messages still on the wire stay unbumped), settle what is in hand, close."""
        if not self._tasks:
            return
        committing, consuming = self._tasks
        consuming.cancel()
        for subscriber in self._subscribers():
            if subscriber._consumer_tag and subscriber._queue_obj is not None:
                tag, subscriber._consumer_tag = subscriber._consumer_tag, None
                with contextlib.suppress(Exception):  # the channel may be gone: then nothing is delivered any more
                    await asyncio.wait_for(subscriber._queue_obj.cancel(tag), 5)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.committer.drained(), DRAIN_S)
        committing.cancel()
        if self._broker is not None:
            await self._broker.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        telemetry.CONSUMER_RUNNING.labels(service=self.service).set(0)

    def _subscribers(self) -> list[RabbitSubscriber]:
        """FastStream's own objects: it offers no way to cancel a consumer before it stops taking messages."""
        return cast("list[RabbitSubscriber]", self._broker.subscribers) if self._broker else []

    async def _consume(self) -> None:
        while True:
            broker = self._broker = self._make_broker()
            try:
                await self._knock()
                await broker.start()
                telemetry.CONSUMER_RUNNING.labels(service=self.service).set(1)
                while True:
                    await asyncio.sleep(1)
                    telemetry.CONSUMER_RUNNING.labels(service=self.service).set(int(self.running))
            except (Exception, asyncio.CancelledError) as error:
                # a frozen broker makes aio-pika raise CancelledError in a task that nobody cancelled
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
                log.warning("not hearing yet, trying again", error=type(error).__name__)
                with contextlib.suppress(Exception):  # half-open connections of a failed start
                    await broker.stop()
            await asyncio.sleep(1)

    async def _knock(self) -> None:
        """A plain connection first: a robust one that never came about swallows its cancellation and outlives `stop()`."""
        connection = await aio_pika.connect(self.settings.broker_url(self.service), timeout=10)
        await connection.close()

    def _make_broker(self) -> RabbitBroker:
        broker = RabbitBroker(
            f"{self.settings.broker_url(self.service)}?heartbeat=10&name=loop4s:{self.service}:hearing",
            fail_fast=False,
            reconnect_interval=1.0,
            graceful_timeout=DRAIN_S,
            apply_types=False,
            logger=None,
        )
        queue = RabbitQueue(self.service, queue_type=QueueType.QUORUM, durable=True, declare=False)

        subscriber = broker.subscriber(
            queue, ack_policy=AckPolicy.MANUAL, channel=Channel(prefetch_count=2 * self.settings.batch), no_reply=True
        )

        async def hear(message: AbstractIncomingMessage) -> None:
            self.committer.take(message)

        subscriber(hear)
        # FastStream's parsers, scopes and middlewares have nothing to do for raw messages, and cost as much as a row's INSERT
        subscriber.consume = hear  # type: ignore[method-assign,assignment]
        return broker
