"""How every console process learns which cars changed: NOTIFY right after the commit, LISTEN in each of them."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import event
from sqlalchemy.orm import Session

from services.console.handlers.facts import CHANGED
from shared.database import Database
from shared.settings import Settings

log = structlog.get_logger("changes")
CHANNEL = "loop4s_cars"
OUTLET = "cars_outlet"
"""Key in a session's `info`: who is told, after the commit, which cars changed."""
MOST_IDS = 200
"""Ids in one notification: PostgreSQL carries 8,000 bytes."""
ANEW_S = 0.5


@event.listens_for(Session, "after_commit")
def _hand_over(session: Session) -> None:
    if session.in_nested_transaction():
        return
    changed = session.info.pop(CHANGED, None)
    if changed and (outlet := session.info.get(OUTLET)):
        outlet(changed)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(CHANGED, None)


class Changes:
    """Carries the ids of changed cars from any process to all.  `heard(ids)`: these changed; `heard(None)`: the connection is
    new, anything may have changed meanwhile."""

    def __init__(self, database: Database, settings: Settings, heard: Callable[[Iterable[UUID] | None], None]) -> None:
        self.settings, self.heard = settings, heard
        self._waiting: set[UUID] = set()
        self._wake = asyncio.Event()
        database.hearing.configure(info={**database.hearing.kw.get("info", {}), OUTLET: self.tell})

    def tell(self, cars: set[UUID]) -> None:
        """These cars' cards changed, and it is committed."""
        self._waiting |= cars
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; a lost connection is opened anew."""
        while True:
            try:
                await self._carry()
            except Exception as error:  # asyncpg has a third family of its own for sessions that break in mid-sentence
                log.warning("changes are not carried now", error=type(error).__name__)
            await asyncio.sleep(ANEW_S)

    async def _carry(self) -> None:
        connection = await asyncpg.connect(
            self.settings.postgres_url("console", self.settings.database("console")),
            timeout=10,
            command_timeout=10,
            server_settings={"application_name": "loop4s:console:changes"},
        )
        lost = asyncio.Event()

        def end(_: object) -> None:
            lost.set()
            self._wake.set()

        connection.add_termination_listener(end)
        try:
            await connection.add_listener(CHANNEL, self._notified)
            self.heard(None)
            while not lost.is_set():
                await self._wake.wait()
                self._wake.clear()
                with self._all_waiting() as cars:
                    for some in _in_pieces(cars):
                        await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, ",".join(car.hex for car in some))
        finally:
            connection.terminate()

    @contextlib.contextmanager
    def _all_waiting(self) -> Iterator[set[UUID]]:
        """Take what waits; it waits again when telling fails."""
        cars, self._waiting = self._waiting, set()
        try:
            yield cars
        except BaseException:
            self._waiting |= cars
            raise

    def _notified(self, _: object, __: int, ___: str, payload: object) -> None:
        self.heard(UUID(hex=part) for part in str(payload).split(",") if part)


def _in_pieces(cars: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(cars)
    while some := list(islice(rest, MOST_IDS)):
        yield some
