"""The leader's work: take what was announced to the exchange, in order, and mark it sent.

Fed in memory right after each commit, by NOTIFY from the service's other processes, and by a poll as the last net.
"""

import asyncio
import contextlib
import json
from collections import OrderedDict, deque
from datetime import UTC
from typing import Any
from uuid import UUID

import asyncpg
import structlog
from pamqp.commands import Basic

from shared import telemetry
from shared.events.envelope import headers
from shared.outbox import Announced
from shared.relay.publishing import NotConfirmed, Publisher, Sendable, Wire, publish_confirmed
from shared.relay.upkeep import measure, tidy
from shared.settings import Settings
from shared.topology import EVENTS

log = structlog.get_logger("relay")
BATCH = 256
POLL_S = 1.0
FEED_LIMIT = 20_000
UPKEEP_S, AGAIN_S = 3600.0, 60.0
GAUGES_S = 5.0
PAUSE_S, LONGEST_PAUSE_S = 0.2, 2.0
"""How long the leader waits before it tries again what a broker did not confirm."""


class Relay:
    """Carries one service's outbox to the broker, and lends its confirmed channel to the retry ladder."""

    def __init__(self, service: str, settings: Settings) -> None:
        self.service, self.settings = service, settings
        self.publisher = Publisher(service, settings)
        self.leader = False
        self._fed: deque[Announced] = deque()
        self._recent: OrderedDict[UUID, None] = OrderedDict()
        self._wake = asyncio.Event()
        self._look = True
        self._pause = PAUSE_S
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def connected(self) -> bool:
        """Whether the publishing connection stands."""
        return self.publisher.connected

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
        await self.publisher.close()

    async def publish_confirmed(self, exchange: str, routing_key: str, message: Sendable) -> None:
        """Publish on the relay's own channel; NotConfirmed when the broker does not ack."""
        await self.publisher.send(exchange, routing_key, message)

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._session()
            except (Exception, asyncio.CancelledError) as error:
                if (task := asyncio.current_task()) is not None and task.cancelling():
                    raise
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
            rows = self._take()
            if len(rows) < BATCH and (self._look or now >= next_look):
                await _finished(marking)
                self._look, next_look = False, now + POLL_S
                found = await self._unsent(pg, {row.id for row in rows})
                self._look = len(found) >= BATCH
                rows = sorted(rows + found, key=lambda row: row.id)
            if rows:
                sent, failed = await self._publish(rows)
                await _finished(marking)
                marking = asyncio.create_task(self._mark(pg, sent, failed))
            if self._stopping and not self._fed:
                await _finished(marking)
                return
            if now >= next_gauges:
                await _finished(marking)
                await measure(self.service, pg)
                next_gauges = now + GAUGES_S
            if now >= next_upkeep:
                await _finished(marking)
                next_upkeep = now + (UPKEEP_S if await tidy(self.service, pg) else AGAIN_S)
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
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE_S)
        else:
            self._pause = PAUSE_S
        return sent, failed

    async def _publish_all(self, rows: list[Announced]) -> list[NotConfirmed | None]:
        try:
            channel = await self.publisher.channel()
        except NotConfirmed as error:
            return [error] * len(rows)

        async def one(row: Announced) -> NotConfirmed | None:
            try:
                await publish_confirmed(channel, EVENTS, row.routing_key, message_of(row))
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
