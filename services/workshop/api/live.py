"""The live boards of this process: each store's board is looked at once, however many watch it, and not at all while nobody
does (docs/decisions: the board is looked at, not told)."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import AsyncIterator, Iterator
from datetime import datetime

import structlog
from fastapi import FastAPI

from services.workshop.queries import board
from shared import clock
from shared.database import Database
from shared.identity import LEEWAY_S
from shared.settings import Settings

log = structlog.get_logger("live")
LOOK_EVERY_S = 1.0
PING_S = 15.0
LONGEST_S = 900.0
"""A stream ends after a quarter of an hour: who watches comes again and is looked at anew."""
RETRY_MS = 1_500
JITTER_MS = 1_000


class Sight:
    """What was last seen of one store's board; `watchers` counts the open streams."""

    def __init__(self) -> None:
        self.id, self.frame = "", b""
        self.watchers = 0
        self.looking: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    def see(self, shown: str) -> None:
        """Wake all who watch, if it is another board."""
        id = hashlib.sha256(shown.encode()).hexdigest()[:32]
        if id != self.id:
            self.id, self.frame = id, f"event: board\nid: {id}\ndata: {_one_line(shown)}\n\n".encode()
            self.wake()

    def wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    async def change(self, seconds: float) -> None:
        """Until something happens, at most so long."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._changed.wait(), seconds)


class LiveBoards:
    """Background work of the service that rests while nobody watches; `app.state.board`."""

    def __init__(self, app: FastAPI, database: Database, settings: Settings) -> None:
        self.app, self.database = app, database
        self.looks = 0
        """How often the database was asked."""
        self._sights: dict[str, Sight] = {}
        self._closings = 0
        app.state.board = self

    @property
    def alive(self) -> bool:
        """Looking begins with the first who watches and goes on through errors."""
        return not any(sight.looking and sight.looking.done() for sight in self._sights.values() if sight.watchers)

    async def start(self) -> None:
        """Nobody watches yet."""

    async def stop(self) -> None:
        self.close()
        tasks = [sight.looking for sight in self._sights.values() if sight.looking]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End all streams that are open now."""
        self._closings += 1
        for sight in self._sights.values():
            sight.wake()

    async def frames(self, store_id: str, seen: str | None, expires_at: datetime | None) -> AsyncIterator[bytes]:
        """What one watcher is sent: always the newest, so that who is slow leaves out what is past."""
        loop, closings = asyncio.get_running_loop(), self._closings
        ends = loop.time() + _seconds_left(expires_at)
        with self._watching(store_id) as sight:
            yield f"retry: {RETRY_MS + random.randrange(JITTER_MS)}\n\n".encode()  # noqa: S311 - spreads reconnects
            pinged = loop.time()
            while closings == self._closings and (left := ends - loop.time()) > 0:
                if sight.frame and sight.id != seen:
                    seen, pinged = sight.id, loop.time()
                    yield sight.frame
                elif loop.time() - pinged >= PING_S:
                    pinged = loop.time()
                    yield b": ping\n\n"
                else:
                    await sight.change(min(left, pinged + PING_S - loop.time()))

    @contextlib.contextmanager
    def _watching(self, store_id: str) -> Iterator[Sight]:
        sight = self._sights.setdefault(store_id, Sight())
        sight.watchers += 1
        if sight.looking is None:
            sight.looking = asyncio.create_task(self._look(store_id, sight), name=f"board:{store_id}")
        try:
            yield sight
        finally:
            sight.watchers -= 1
            if not sight.watchers and self._sights.get(store_id) is sight:
                del self._sights[store_id]
                sight.looking.cancel()

    async def _look(self, store_id: str, sight: Sight) -> None:
        while True:
            if self.app.state.health.stopping:
                self.close()
                return
            try:
                self.looks += 1
                async with self.database.transaction((store_id,)) as session:
                    shown = await board.board(store_id, session)
                sight.see(shown)
            except Exception as error:  # those who watch keep what they saw
                log.warning("the board cannot be seen now", store=store_id, error=type(error).__name__)
            await asyncio.sleep(LOOK_EVERY_S)


def _seconds_left(expires_at: datetime | None) -> float:
    """Until the caller's token would no longer be taken, at most a quarter of an hour."""
    if expires_at is None:
        return LONGEST_S
    return min(LONGEST_S, (expires_at - clock.now()).total_seconds() + LEEWAY_S)


def _one_line(json: str) -> str:
    """PostgreSQL breaks the lines of its JSON arrays; in JSON that is white space, in an event it would be its end."""
    return json.replace("\n", "")
