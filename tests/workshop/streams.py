"""An open stream of a running app: what its watcher is sent, piece by piece (httpx would wait for the end of the answer)."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

EVENT = re.compile(r"event: board\nid: (\w+)\ndata: (.*)\n\n")


@dataclass
class Stream:
    """`sent` is all text so far; `ended` is set once the app has closed it."""

    pieces: "asyncio.Queue[bytes | None]"
    sent: str = ""
    ended: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    status: int = 0

    @property
    def boards(self) -> list[tuple[str, dict[str, Any]]]:
        """(id, board) of each event so far."""
        return [(id, json.loads(data)) for id, data in EVENT.findall(self.sent)]

    async def board(self, number: int = 1) -> dict[str, Any]:
        """The board that was sent as the `number`th."""
        async with asyncio.timeout(10):
            while len(self.boards) < number:
                await self._read()
        return self.boards[number - 1][1]

    async def end(self) -> None:
        """Wait until the app ends it."""
        async with asyncio.timeout(10):
            while not self.ended:
                await self._read()

    async def _read(self) -> None:
        assert not self.ended, f"the stream ended after {self.sent!r}"
        piece = await self.pieces.get()
        self.ended = piece is None
        self.sent += (piece or b"").decode()


@asynccontextmanager
async def streaming(app: ASGIApp, path: str, headers: Mapping[str, str]) -> AsyncIterator[Stream]:
    """The answer to GET `path`; who asked goes away at the end."""
    stream, gone = Stream(asyncio.Queue()), asyncio.Event()
    asked = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive() -> Message:
        if message := next(asked, None):
            return message
        await gone.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            stream.status = message["status"]
            stream.headers |= {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            stream.pieces.put_nowait(message.get("body", b""))
            if not message.get("more_body"):
                stream.pieces.put_nowait(None)

    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": b"", "root_path": "", "client": ("door", 1), "server": ("door", 80),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
    }  # fmt: skip

    async def answered() -> None:
        await app(scope, receive, send)

    answering: asyncio.Task[None] = asyncio.create_task(answered())
    try:
        yield stream
    finally:
        gone.set()
        await asyncio.wait_for(answering, 10)
