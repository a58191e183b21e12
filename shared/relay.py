"""The sending half of saying a fact: one leader per service takes the outbox to the exchange, in order, confirmed.

Fed in memory right after each commit, by NOTIFY from the service's other processes, and by a poll as the last net.  Counts
only the broker's ack as sent; a time-out is unknown and is sent again with the same id.  `publish_confirmed` is the only
publisher of the whole system (also for the retry ladder and for replays).
"""

import asyncio
import contextlib
import json
from collections import OrderedDict, deque
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol
from uuid import UUID

import aio_pika
import asyncpg
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, DeliveryMode
from aiormq.exceptions import ChannelAccessRefused, ChannelNotFoundEntity, DeliveryError
from pamqp.commands import Basic

from shared import telemetry
from shared.events.envelope import headers
from shared.outbox import Announced
from shared.settings import Settings

log = structlog.get_logger("relay")
EXCHANGE = "events"
BATCH = 256
POLL_S = 1.0
CONFIRM_TIMEOUT_S = 10.0
FEED_LIMIT = 20_000
UPKEEP_S = 3600.0
GAUGES_S = 5.0
REFUSALS = (DeliveryError, ChannelAccessRefused, ChannelNotFoundEntity)


class NotConfirmed(Exception):
    """The broker did not confirm this message: `refused` says that it answered no (returned, nacked, not allowed);
    otherwise nobody knows whether it has it, and it must be sent again with the same id."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.refused = reason, refused


class Sendable(Protocol):
    """What can be published: an `aio_pika.Message`, or the lighter `Wire`."""

    @property
    def body(self) -> bytes: ...
    @property
    def properties(self) -> Basic.Properties: ...


@dataclass(frozen=True, slots=True)
class Wire:
    """A message as it goes out; making an `aio_pika.Message` of each outbox row costs ten times as much."""

    body: bytes
    properties: Basic.Properties


async def publish_confirmed(
    channel: AbstractChannel, exchange: str, routing_key: str, message: Sendable, timeout: float = CONFIRM_TIMEOUT_S
) -> None:
    """Publish one persistent, mandatory message and wait for the broker's ack; NotConfirmed on anything else.

    The channel must have `publisher_confirms=True, on_return_raises=True` and a connection that consumes nothing.
    """
    properties = message.properties
    properties.delivery_mode = DeliveryMode.PERSISTENT.value
    try:
        wire = await channel.get_underlay_channel()
        answer = await wire.basic_publish(  # type: ignore[call-arg]  # `wait` is aiormq's own, not in its abstract class
            message.body,
            exchange=exchange,
            routing_key=routing_key,
            properties=properties,
            mandatory=True,
            wait=False,
            timeout=timeout,
        )
    except BaseException as error:
        # a frozen broker makes aio-pika raise CancelledError in a task that nobody cancelled
        task = asyncio.current_task()
        if (task is not None and task.cancelling()) or isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise NotConfirmed(_reason(error), refused=isinstance(error, REFUSALS)) from error
    if not isinstance(answer, Basic.Ack):
        raise NotConfirmed("nacked" if isinstance(answer, Basic.Nack) else "unroutable", refused=True)


def _reason(error: BaseException) -> str:
    """One of a closed set of words (it is a metric's label)."""
    if isinstance(error, DeliveryError):
        return "nacked" if isinstance(error.frame, Basic.Nack) else "unroutable"
    if isinstance(error, REFUSALS):
        return "refused"
    return "timeout" if isinstance(error, TimeoutError) else "connection"


class Relay:
    """Carries one service's outbox to the broker, and lends its confirmed channel to the retry ladder."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.leader = False
        self._fed: deque[Announced] = deque()
        self._recent: OrderedDict[UUID, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._look = True
        self._stopping = False
        self._task: asyncio.Task[None] | None = None
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._connecting = asyncio.Lock()

    @property
    def connected(self) -> bool:
        """Whether the publishing connection stands."""
        return self._channel is not None and not self._channel.is_closed

    @property
    def alive(self) -> bool:
        """Whether the relay's task still runs."""
        return self._task is not None and not self._task.done()

    def feed(self, rows: list[Announced]) -> None:
        """Take what was just committed; beyond the limit the poll will find it."""
        if len(self._fed) < FEED_LIMIT:
            self._fed.extend(rows)
        else:
            self._look = True
        self._wake.set()

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"relay:{self.service}")

    async def stop(self) -> None:
        """Finish the batch in hand, give the lock back, close."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            try:
                await asyncio.wait_for(self._task, 5)
            except TimeoutError:
                log.warning("relay did not finish its batch in time")
        if self._connection is not None:
            with contextlib.suppress(Exception):  # the connection may be gone already; it is going anyway
                await asyncio.wait_for(self._connection.close(), 2)

    async def channel(self) -> AbstractChannel:
        """The confirming channel of the publishing connection, opened when needed."""
        async with self._connecting:
            if not self.connected:
                if self._connection is None or self._connection.is_closed:
                    self._connection = await aio_pika.connect(
                        self.settings.broker_url(self.service),
                        heartbeat=10,
                        timeout=10,
                        client_properties={"connection_name": f"loop4s:{self.service}:relay"},
                    )
                self._channel = await self._connection.channel(publisher_confirms=True, on_return_raises=True)
            assert self._channel is not None
            return self._channel

    async def publish_confirmed(self, exchange: str, routing_key: str, message: Sendable) -> None:
        """`publish_confirmed` on the relay's own channel."""
        try:
            channel = await self.channel()
        except (OSError, aio_pika.exceptions.AMQPError, TimeoutError) as error:
            raise NotConfirmed(_reason(error)) from error
        await publish_confirmed(channel, exchange, routing_key, message)

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._session()
            except Exception as error:
                log.warning("relay starts again", error=type(error).__name__, sqlstate=getattr(error, "sqlstate", None))
                await self._rest(0.5)
            finally:
                self.leader = False
                telemetry.RELAY_LEADER.labels(service=self.service).set(0)

    async def _rest(self, seconds: float) -> None:
        self._wake.clear()
        if not self._stopping:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # wait_for would cost a task and three rounds of the loop
                    await self._wake.wait()

    async def _session(self) -> None:
        pg = await asyncpg.connect(
            self.settings.postgres_url(self.service, self.settings.database(self.service)),
            timeout=10,
            command_timeout=10,
            server_settings={"app.stores": "*", "application_name": f"loop4s:{self.service}:relay"},
        )
        try:
            while not await pg.fetchval("SELECT pg_try_advisory_lock(hashtext('loop4s relay'))"):
                if self._fed:
                    self._fed.clear()
                    await pg.execute("SELECT pg_notify('loop4s_outbox', '')")
                await self._rest(POLL_S)
                if self._stopping:
                    pg.terminate()
                    return
            self.leader = True
            telemetry.RELAY_LEADER.labels(service=self.service).set(1)
            await pg.add_listener("loop4s_outbox", self._notified)
            await self._lead(pg)
        except BaseException:
            pg.terminate()  # asking a broken session to close in order would hide what broke it
            raise
        await pg.close(timeout=2)

    def _notified(self, *_: object) -> None:
        self._look = True
        self._wake.set()

    async def _lead(self, pg: "asyncpg.Connection[asyncpg.Record]") -> None:
        loop = asyncio.get_running_loop()
        marking: asyncio.Task[None] | None = None
        self._look, next_look, next_upkeep, next_gauges = True, 0.0, 0.0, 0.0
        self._fed.clear()  # the table knows them too, and in their order
        while True:
            now = loop.time()
            if now >= next_upkeep:
                await _finished(marking)
                await self._upkeep(pg)
                next_upkeep = now + UPKEEP_S
            rows = self._take()
            if len(rows) < BATCH and (self._look or now >= next_look):
                await _finished(marking)
                self._look, next_look = False, now + POLL_S
                found = await self._unsent(pg, {row.id for row in rows})
                self._look = len(found) >= BATCH
                rows = sorted(rows + found, key=lambda row: row.id)
            if now >= next_gauges:
                await _finished(marking)
                await self._measure(pg)
                next_gauges = now + GAUGES_S
            if rows:
                sent, failed = await self._publish(rows)
                await _finished(marking)
                marking = asyncio.create_task(self._mark(pg, sent, failed))
            if self._stopping and not self._fed:
                await _finished(marking)
                return
            if not rows:
                await _finished(marking)
                if not self._fed and not self._look:
                    await self._rest(max(0.01, next_look - loop.time()))

    def _take(self) -> list[Announced]:
        rows: list[Announced] = []
        while self._fed and len(rows) < BATCH:
            row = self._fed.popleft()
            if row.id not in self._recent:
                rows.append(row)
        return rows

    async def _unsent(self, pg: "asyncpg.Connection[asyncpg.Record]", taken: set[UUID]) -> list[Announced]:
        """What the table still holds unsent, oldest first, without what is in hand already."""
        waiting = taken | {row.id for row in self._fed}
        found = await pg.fetch(
            "SELECT day, id, announced_at, type, store_id, subject, version, epoch, routing_key, headers, body FROM outbox"
            " WHERE sent_at IS NULL AND (retry_at IS NULL OR retry_at <= now()) AND NOT id = ANY($2::uuid[])"
            " ORDER BY id LIMIT $1",
            BATCH,
            list(waiting),
        )
        return [Announced(**{**row, "headers": json.loads(row["headers"])}) for row in found]

    async def _publish(self, rows: list[Announced]) -> tuple[list[Announced], list[tuple[Announced, str]]]:
        """Pipelined.  A refusal closes the channel under all that are on their way: they go again one by one, so that only
        the refused row is held back."""
        outcome = dict(zip((row.id for row in rows), await self._publish_all(rows), strict=True))
        if len(rows) > 1:
            for row in rows:
                if (error := outcome[row.id]) and error.reason == "refused":
                    (outcome[row.id],) = await self._publish_all([row])
        sent = [row for row in rows if outcome[row.id] is None]
        failed = [(row, error.reason) for row in rows if (error := outcome[row.id]) is not None and error.refused]
        unknown = [error for error in outcome.values() if error is not None and not error.refused]
        for row in sent:
            self._recent[row.id] = None
            telemetry.OUTBOX_PUBLISHED.labels(service=self.service, event_type=row.type).inc()
        while len(self._recent) > FEED_LIMIT:
            self._recent.popitem(last=False)
        for reason in [reason for _, reason in failed] + [error.reason for error in unknown]:
            telemetry.OUTBOX_FAILURES.labels(service=self.service, reason=reason).inc()
        if unknown:
            self._fed.clear()  # what comes later must not overtake them: everything is read from the table again
            self._look = True
            log.warning("facts not confirmed, they are sent again", count=len(unknown), reason=unknown[0].reason)
            await asyncio.sleep(0.2)
        return sent, failed

    async def _publish_all(self, rows: list[Announced]) -> list[NotConfirmed | None]:
        try:
            channel = await self.channel()
        except (OSError, aio_pika.exceptions.AMQPError, TimeoutError) as error:
            return [NotConfirmed(_reason(error))] * len(rows)

        async def one(row: Announced) -> NotConfirmed | None:
            try:
                await publish_confirmed(channel, EXCHANGE, row.routing_key, message_of(row))
            except NotConfirmed as error:
                return error
            return None

        return list(await asyncio.gather(*map(one, rows)))

    async def _mark(
        self, pg: "asyncpg.Connection[asyncpg.Record]", sent: list[Announced], failed: list[tuple[Announced, str]]
    ) -> None:
        for day in {row.day for row in sent}:
            await pg.execute(
                "UPDATE outbox SET sent_at = now() WHERE day = $1 AND id = ANY($2::uuid[])",
                day,
                [row.id for row in sent if row.day == day],
            )
        for row, reason in failed:
            log.error("fact refused by the broker", event_id=str(row.id), type=row.type, reason=reason)
            await pg.execute(
                "UPDATE outbox SET attempts = attempts + 1, last_error = $3,"
                " retry_at = now() + least(interval '60 s', interval '1 s' * power(2, attempts)) WHERE day = $1 AND id = $2",
                row.day,
                row.id,
                reason,
            )

    async def _upkeep(self, pg: "asyncpg.Connection[asyncpg.Record]") -> None:
        """Once an hour: tomorrow's partitions, last month's rows, answers and trials that nobody needs any more."""
        await pg.execute("SELECT keep_outbox_partitions()")
        for statement in (
            "DELETE FROM inbox WHERE event_id IN"
            " (SELECT event_id FROM inbox WHERE handled_at < now() - interval '35 days' LIMIT 10000)",
            "DELETE FROM inbox_trials WHERE raised_at < now() - interval '35 days'",
            "DELETE FROM idempotency_keys WHERE created_at < now() - interval '48 hours'",
        ):
            await pg.execute(statement)

    async def _measure(self, pg: "asyncpg.Connection[asyncpg.Record]") -> None:
        pending, oldest = await pg.fetchrow(
            "SELECT count(*), coalesce(extract(epoch FROM now() - min(announced_at)), 0)::float8"
            " FROM outbox WHERE sent_at IS NULL"
        )
        telemetry.OUTBOX_PENDING.labels(service=self.service).set(pending)
        telemetry.OUTBOX_OLDEST_AGE.labels(service=self.service).set(oldest)


def message_of(row: Announced) -> Wire:
    """The AMQP message of one outbox row."""
    kept: dict[str, Any] = row.headers
    written = headers(
        id=row.id,
        type=row.type,
        time=row.announced_at.astimezone(UTC),
        about=row,
        causation=kept["causation"],
        actor=kept["actor"],
        business_date=kept["business_date"],
        traceparent=kept["traceparent"],
    )
    properties = Basic.Properties(
        message_id=written["cloudEvents:id"],
        message_type=row.type,
        content_type="application/json",
        timestamp=row.announced_at,
        headers=written,
    )
    return Wire(row.body.encode(), properties)


async def _finished(task: asyncio.Task[None] | None) -> None:
    """Wait for a task, if there is one; its error is ours."""
    if task is not None:
        await task
