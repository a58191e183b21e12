"""The process's live board."""

import asyncio
import contextlib
import signal
import threading
from collections.abc import Iterable, Iterator
from datetime import timedelta
from uuid import UUID

import structlog
from fastapi import FastAPI

from services.console import queries
from services.console.live.changes import Changes
from services.console.live.frames import card_frame, flat_counts, flat_depths, frame
from services.console.live.listeners import Listener
from services.console.live.queue_depths import QueueDepths
from shared import clock
from shared.database import Database
from shared.settings import Settings

log = structlog.get_logger("live")
COALESCED_S = 0.2
LOOK_BACK_S = 5.0
OVERLAP = timedelta(seconds=15)


class Board:
    """The process's live board: background work of the service, and where pages listen."""

    def __init__(self, app: FastAPI, database: Database, settings: Settings) -> None:
        self.database = database
        self.changes = Changes(database, settings, self._heard)
        self.depths = QueueDepths(settings, self._depths_changed)
        self.listeners: set[Listener] = set()
        self._changed: set[UUID] = set()
        self._start_over = False
        self._wake = asyncio.Event()
        self._sent: dict[UUID, int] = {}
        self._tasks: list[asyncio.Task[None]] = []
        app.state.board = self

    @property
    def alive(self) -> bool:
        """Whether what must go on does (queue depths may stay unknown)."""
        return not any(task.done() and (task.cancelled() or task.exception()) for task in self._tasks)

    async def start(self) -> None:
        works = (self.changes.run(), self._send(), self._look_back(), self.depths.run())
        self._tasks = [asyncio.create_task(work, name="board") for work in works]
        self._close_when_told_to_end()

    async def stop(self) -> None:
        """Free the streams first: whoever serves HTTP waits for them."""
        self.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def close(self) -> None:
        """End all streams."""
        for listener in self.listeners:
            listener.close()

    @contextlib.contextmanager
    def listening(self, listener: Listener) -> Iterator[Listener]:
        """The listener gets what happens, inside."""
        self.listeners.add(listener)
        try:
            if listener.queues:
                listener.put(frame("queues", flat_depths(self.depths.now)))
            yield listener
        finally:
            self.listeners.discard(listener)

    def _close_when_told_to_end(self) -> None:
        """The HTTP server waits for open streams before it ends the app: free them as soon as the signal comes."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            before = signal.getsignal(number)
            if callable(before) and before is not signal.default_int_handler:
                signal.signal(number, lambda *told, before=before: (loop.call_soon_threadsafe(self.close), before(*told)))

    def _heard(self, cars: Iterable[UUID] | None) -> None:
        if cars is None:
            self._start_over = True
        else:
            self._changed.update(cars)
        self._wake.set()

    def _depths_changed(self) -> None:
        message = frame("queues", flat_depths(self.depths.now))
        for listener in self.listeners:
            if listener.queues:
                listener.put(message)

    async def _send(self) -> None:
        while True:
            await self._wake.wait()
            await asyncio.sleep(COALESCED_S)
            self._wake.clear()
            cars, self._changed = self._changed, set()
            over, self._start_over = self._start_over, False
            if not self.listeners:
                continue
            try:
                if over:
                    self._tell_all(frame("resync", {}))
                elif cars:
                    await self._show(cars)
            except Exception as error:
                log.warning("the board is late", error=type(error).__name__)
                self._tell_all(frame("resync", {}))

    async def _look_back(self) -> None:
        """The last net: a process that died between its commit and its notification."""
        while True:
            await asyncio.sleep(LOOK_BACK_S)
            if self.listeners:
                try:
                    async with self.database.hearing() as session:
                        recent = await queries.touched_since(clock.now() - OVERLAP, session)
                except Exception as error:
                    log.warning("cannot look back", error=type(error).__name__)
                    continue
                self._sent = {car: version for car, version in self._sent.items() if car in recent}
                if missed := {car for car, version in recent.items() if self._sent.get(car, 0) < version}:
                    self._heard(missed)

    async def _show(self, cars: set[UUID]) -> None:
        async with self.database.hearing() as session:
            cards = await queries.cards_of(cars, session)
            counts = await queries.stage_counts(session)
        languages = {listener.language for listener in self.listeners}
        for card in cards:
            self._sent[card.car.id] = card.version
            messages = {language: card_frame(card, language) for language in languages}
            for listener in self.listeners:
                if listener.sees(card.car.store_id) and listener.language in messages:
                    listener.put(messages[listener.language])
        for stores in {listener.stores for listener in self.listeners}:
            alike = [listener for listener in self.listeners if listener.stores == stores]
            message = frame("counts", flat_counts([count for count in counts if alike[0].sees(count.store_id)]))
            for listener in alike:
                listener.put(message)

    def _tell_all(self, message: bytes) -> None:
        for listener in self.listeners:
            listener.put(message)
