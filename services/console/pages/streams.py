"""Server-sent events over one long answer."""

import random
from collections.abc import AsyncIterator

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from services.console.live import Board, Listener

RETRY_MS = 1_500
JITTER_MS = 1_000


def stream(request: Request, listener: Listener) -> Response:
    """What the listener gets, until it is closed or goes away; browsers come back after 1.5 to 2.5 seconds."""
    board: Board = request.app.state.board

    async def frames() -> AsyncIterator[bytes]:
        with board.listening(listener):
            yield f"retry: {RETRY_MS + random.randrange(JITTER_MS)}\n\n".encode()  # noqa: S311 - spreads reconnects
            async for message in listener.frames():
                yield message

    return StreamingResponse(frames(), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
