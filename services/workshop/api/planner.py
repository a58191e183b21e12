"""The planner of rounds: when the service starts, every store of the group gets a plan for each checklist that it goes by, so
that the checklists that come with the product need no setting up."""

import asyncio
import contextlib

import structlog
from fastapi import FastAPI

from services.workshop import handlers
from shared.cause import Cause, bound
from shared.database import ALL_STORES, Database, new_id
from shared.settings import Settings

log = structlog.get_logger("planner")
AGAIN_S = 5.0


class RoundPlanner:
    """Background work that ends once it is done; it waits for the database."""

    def __init__(self, app: FastAPI, database: Database, settings: Settings) -> None:
        self.database = database
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """It rests when it is done, and an error is tried again."""
        return True

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run(), name="plan rounds")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                with bound(Cause(new_id(), actor="service:workshop", stores=(ALL_STORES,))):
                    async with self.database.hearing.begin() as session:
                        await handlers.plan_all_rounds(session)
                return
            except Exception as error:  # most likely the database is not there yet
                log.warning("rounds cannot be planned now", error=type(error).__name__)
            await asyncio.sleep(AGAIN_S)
