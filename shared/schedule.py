"""Work that falls due: business rows with a due moment, claimed once by whichever process comes first.

A due row is locked (SKIP LOCKED), worked on and changed in one transaction, so that it falls due exactly once; the cause of
what follows is derived from the row, not drawn anew.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared import clock
from shared.cause import Cause, bound
from shared.database import ALL_STORES, Database, transient
from shared.settings import Settings

log = structlog.get_logger("schedule")
BATCH = 50
REST = timedelta(minutes=1)
"""How long a row that could not be worked on is left alone."""


@dataclass(frozen=True, slots=True)
class DueWork:
    """`do(row, session)` is called once for every row of `model` whose `at` has come and for which `waiting` holds; it
    must change the row so that `waiting` holds no longer."""

    name: str
    model: type[Any]
    at: InstrumentedAttribute[Any]
    waiting: Callable[[], ColumnElement[bool]]
    do: Callable[[Any, AsyncSession], Awaitable[None]]


class Schedule:
    """Looks for due rows every `schedule_poll_ms`."""

    def __init__(self, service: str, due: Sequence[DueWork], database: Database, settings: Settings) -> None:
        self.service, self.due, self.database, self.settings = service, due, database, settings
        self._task: asyncio.Task[None] | None = None
        self._resting: dict[UUID, datetime] = {}

    @property
    def alive(self) -> bool:
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        if self.due:
            self._task = asyncio.create_task(self._run(), name=f"schedule:{self.service}")

    async def stop(self) -> None:
        """Between two transactions."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            for work in self.due:
                try:
                    await self._catch_up(work)
                except Exception as error:
                    log.warning("due work waits", work=work.name, error=type(error).__name__)
            await asyncio.sleep(self.settings.schedule_poll_ms / 1000)

    async def _catch_up(self, work: DueWork) -> None:
        """All that is due; where one row of a transaction cannot be worked on, row by row, so that it holds back no other."""
        most = BATCH
        while True:
            try:
                found = await self.pass_over(work, most)
            except _RowFailed as failed:
                if most == 1:
                    self._resting[failed.id] = clock.now() + REST
                    log.error("due row cannot be worked on", work=work.name, row=str(failed.id), error=failed.reason)
                most = 1
            else:
                if found < most:
                    return

    async def pass_over(self, work: DueWork, most: int = BATCH) -> int:
        """One transaction for some due rows, the oldest first; how many there were."""
        now = clock.now()
        self._resting = {id: until for id, until in self._resting.items() if until > now}
        async with self.database.hearing.begin() as session:
            rows = await session.scalars(
                select(work.model)
                .where(work.at <= now, work.waiting(), work.model.id.not_in(self._resting))
                .order_by(work.at)
                .limit(most)
                .with_for_update(skip_locked=True)
            )
            found = rows.all()
            for row in found:
                id: UUID = row.id
                with bound(Cause(uuid5(id, work.name), actor=f"service:{self.service}", stores=(ALL_STORES,))):
                    try:
                        await work.do(row, session)
                        await session.flush()
                    except Exception as error:
                        if transient(error):
                            raise
                        raise _RowFailed(id, type(error).__name__) from error
            return len(found)


class _RowFailed(Exception):
    """The work on one due row failed; its transaction is lost."""

    def __init__(self, id: UUID, reason: str) -> None:
        super().__init__(reason)
        self.id, self.reason = id, reason
