"""Work that falls due: business rows with a due moment, claimed once by whichever process comes first.

A due row is locked (SKIP LOCKED), worked on and changed in one transaction, so that it falls due exactly once; the cause of
what follows is derived from the row, not drawn anew.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import structlog
from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared import clock
from shared.cause import Cause, bound
from shared.database import ALL_STORES, Database
from shared.settings import Settings

log = structlog.get_logger("schedule")
BATCH = 50


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
                    while await self.pass_over(work) == BATCH:
                        pass
                except Exception as error:
                    log.warning("due work waits", work=work.name, error=type(error).__name__)
            await asyncio.sleep(self.settings.schedule_poll_ms / 1000)

    async def pass_over(self, work: DueWork) -> int:
        """One transaction for up to 50 due rows; how many there were."""
        async with self.database.hearing.begin() as session:
            rows = await session.scalars(
                select(work.model)
                .where(work.at <= clock.now(), work.waiting())
                .order_by(work.at)
                .limit(BATCH)
                .with_for_update(skip_locked=True)
            )
            found = rows.all()
            for row in found:
                id: UUID = row.id
                cause = Cause(uuid5(id, work.name), actor=f"service:{self.service}", stores=(ALL_STORES,))
                with bound(cause):
                    await work.do(row, session)
            return len(found)
