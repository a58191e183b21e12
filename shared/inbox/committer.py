"""The batching committer: one transaction for all messages that wait, the next ones collected while it commits.

A failing batch is halved until the failing message stands alone; that one leaves by the ladder, the others are applied.  An
infrastructure failure (connection, lock, disk, lost COMMIT) counts against no message: the whole batch is tried again.
"""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog
from aio_pika.abc import AbstractIncomingMessage
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError

from shared import clock, telemetry
from shared.database import Database, sqlstate, transient
from shared.events import Event
from shared.events.envelope import Malformed, parse
from shared.inbox.acks import Acks, Receipt
from shared.inbox.applying import Heard, apply
from shared.inbox.hears import Hears
from shared.inbox.ladder import KilledWorker, Ladder
from shared.relay import NotConfirmed
from shared.topology import EVENTS

log = structlog.get_logger("inbox")
MAX_TRIALS = 3
MOST_STALE = 3
"""How often a row may turn out to be changed by somebody else before its reader counts as careless."""
LONGEST_REST_S = 5.0


@dataclass(slots=True)
class Delivery:
    """A message in our hands, parsed or found unreadable."""

    message: AbstractIncomingMessage
    receipt: Receipt
    heard: Heard | None
    unreadable: Malformed | None

    @property
    def redelivered(self) -> bool:
        """Whether an earlier delivery may have ended its process."""
        count = self.message.headers.get("x-delivery-count", 0)
        return isinstance(count, int) and count >= 1


class Committer:
    """Applies one service's deliveries, in one task."""

    def __init__(
        self, service: str, hears: Mapping[type[Event], Hears], database: Database, ladder: Ladder, batch: int
    ) -> None:
        self.service, self.hears, self.database, self.ladder, self.batch = service, hears, database, ladder, batch
        self.facts = {kind.type: kind for kind in hears}
        self.acks = Acks()
        self._waiting: deque[Delivery] = deque()
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()

    def take(self, message: AbstractIncomingMessage) -> None:
        """Accept a delivery; it is acked when it is settled."""
        receipt = self.acks.delivered(message)
        if receipt is None:
            return
        try:
            # by any other way (a rung, a replay, a resending) a fact comes under the key of that way
            said_under = message.routing_key if message.exchange == EVENTS else None
            envelope, event = parse(self.facts, message.headers, message.body, said_under)
            delivery = Delivery(message, receipt, Heard(envelope, event), None)
        except Malformed as unreadable:
            delivery = Delivery(message, receipt, None, unreadable)
        self._waiting.append(delivery)
        self._idle.clear()
        self._wake.set()

    async def run(self) -> None:
        """Work until cancelled (by `Hearing.stop`, after `drained`)."""
        while True:
            while not self._waiting:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            await self._settle_surely(self._next())

    async def drained(self) -> None:
        """Until nothing is in hand."""
        await self._idle.wait()

    def _next(self) -> list[Delivery]:
        """What waits, up to the batch size; a redelivered message stands alone (it may be a killer)."""
        batch: list[Delivery] = []
        while self._waiting and len(batch) < self.batch:
            if self._waiting[0].redelivered:
                return batch or [self._waiting.popleft()]
            batch.append(self._waiting.popleft())
        return batch

    async def _settle_surely(self, batch: Sequence[Delivery]) -> None:
        """The committer outlives whatever goes wrong: settling again is harmless, a service that hears no more is not."""
        while True:
            try:
                return await self._settle(batch)
            except Exception as error:
                log.exception("batch not settled, trying again", error=type(error).__name__)
            await asyncio.sleep(1.0)

    async def _settle(self, batch: Sequence[Delivery]) -> None:
        here = [delivery for delivery in batch if delivery.receipt.valid]
        readable = [delivery for delivery in here if delivery.heard]
        failed: list[tuple[Delivery, Exception]] = [(d, d.unreadable) for d in here if d.unreadable]
        if readable and readable[0].redelivered and (killed := await self._raised_trials(readable[0])):
            failed.append((readable.pop(), killed))
        if readable:
            failed += await self._applied(readable)
        for delivery, error in failed:
            await self._send_on(delivery, error)
            if isinstance(error, KilledWorker) and delivery.heard:
                await self._forget_trials(delivery.heard)
        await self.acks.settled([delivery.receipt for delivery in here])

    async def _applied(self, batch: Sequence[Delivery]) -> list[tuple[Delivery, Exception]]:
        """Apply, halving on failure; what failed for good, each with its error."""
        rest, stale = 0.1, 0
        while True:
            try:
                with telemetry.INBOX_HANDLE_SECONDS.labels(service=self.service).time():
                    new = await apply(self.service, self.hears, self.database, [d.heard for d in batch if d.heard])
                self._count(batch, new)
                return []
            except Exception as error:
                stale += isinstance(error, StaleDataError)
                if not transient(error) or stale > MOST_STALE:
                    if len(batch) == 1:
                        return [(batch[0], error)]
                    half = len(batch) // 2
                    return await self._applied(batch[:half]) + await self._applied(batch[half:])
                log.warning("database not available, the batch waits", error=type(error).__name__, sqlstate=sqlstate(error))
            await asyncio.sleep(rest)
            rest = min(rest * 2, LONGEST_REST_S)
            batch = [delivery for delivery in batch if delivery.receipt.valid]
            if not batch:
                return []

    async def _raised_trials(self, delivery: Delivery) -> KilledWorker | None:
        """Note, in a commit of its own, that this message is tried once more; KilledWorker when it was tried too often."""
        assert delivery.heard
        rest = 0.1
        while True:
            try:
                async with self.database.hearing.begin() as session:
                    trials = await session.scalar(
                        text(
                            "INSERT INTO inbox_trials (event_id, trials) VALUES (:id, 1) ON CONFLICT (event_id)"
                            " DO UPDATE SET trials = inbox_trials.trials + 1, raised_at = now() RETURNING trials"
                        ),
                        {"id": delivery.heard.envelope.id},
                    )
                return KilledWorker() if (trials or 0) > MAX_TRIALS else None
            except Exception as error:
                if not transient(error):
                    raise
            await asyncio.sleep(rest)
            rest = min(rest * 2, LONGEST_REST_S)

    async def _forget_trials(self, heard: Heard) -> None:
        """A letter that is replayed after the mend starts with a clean record."""
        try:
            async with self.database.hearing.begin() as session:
                await session.execute(text("DELETE FROM inbox_trials WHERE event_id = :id"), {"id": heard.envelope.id})
        except SQLAlchemyError as error:
            log.warning("trials not forgotten", error=type(error).__name__, event_id=str(heard.envelope.id))

    async def _send_on(self, delivery: Delivery, error: Exception) -> None:
        """Up the ladder or to the dead letters; until the broker has it, or has taken the delivery back."""
        while delivery.receipt.valid:
            try:
                await self.ladder.take(delivery.message, error)
                return
            except NotConfirmed as refused:
                log.error("ladder not reachable, the message waits", reason=refused.reason)
            await asyncio.sleep(1.0)

    def _count(self, batch: Sequence[Delivery], new: Sequence[Heard]) -> None:
        now = clock.now()
        telemetry.INBOX_BATCH_SIZE.labels(service=self.service).observe(len(batch))
        for heard in new:
            telemetry.INBOX_HANDLED.labels(service=self.service, event_type=heard.envelope.type).inc()
            telemetry.EVENT_AGE.labels(service=self.service).observe(max(0.0, (now - heard.envelope.time).total_seconds()))
        fresh = {heard.envelope.id for heard in new}
        for delivery in batch:
            if delivery.heard and delivery.heard.envelope.id not in fresh:
                telemetry.INBOX_DUPLICATES.labels(service=self.service, event_type=delivery.heard.envelope.type).inc()
