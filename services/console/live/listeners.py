"""One open page that listens, with a short queue of its own."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from services.console.texts import Language
from shared.database import ALL_STORES

MOST_FRAMES = 200
PING_S = 15.0
LONGEST_S = 900.0
"""A stream ends after a quarter of an hour; the page opens a new one, and its session is looked at again."""


class Listener:
    """One open page: its language, the stores it may see (('*',) = all), and whether it sees queue depths."""

    def __init__(self, language: Language, stores: Sequence[str], *, queues: bool = False) -> None:
        self.language, self.stores, self.queues = language, frozenset(stores), queues
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_FRAMES)
        self._closed = False

    def sees(self, store_id: str) -> bool:
        return ALL_STORES in self.stores or store_id in self.stores

    def put(self, message: bytes) -> None:
        """Without waiting; a listener that does not keep up is closed, its page starts over."""
        if self._closed:
            return
        try:
            self._frames.put_nowait(message)
        except asyncio.QueueFull:
            self.close()

    def close(self) -> None:
        """End the stream; what was not sent is dropped."""
        if not self._closed:
            self._closed = True
            while not self._frames.empty():
                self._frames.get_nowait()
            self._frames.put_nowait(None)

    async def frames(self) -> AsyncIterator[bytes]:
        """What is sent, with a sign of life every 15 seconds, until the listener is closed or its time is over."""
        ends = asyncio.get_running_loop().time() + LONGEST_S
        while asyncio.get_running_loop().time() < ends:
            try:
                message = await asyncio.wait_for(self._frames.get(), PING_S)
            except TimeoutError:
                message = b": ping\n\n"
            if message is None:
                return
            yield message
