"""One service in one process: uvicorn with our logs, our limits and a graceful end."""

import gc
import signal
from types import FrameType

import structlog
import uvicorn
from fastapi import FastAPI

from shared.service.health import Health
from shared.settings import Settings

log = structlog.get_logger("serving")
GRACE_S = 15
"""How long requests may take to end after SIGTERM; statements give up after 5 seconds."""

SEARCHES = 50_000, 20, 50
"""Objects made before the youngest generation is searched for garbage (Python's own is 700), and how many such searches lead
to one of the next.  A batch of 64 facts makes some 30,000 objects, nearly all of which die with the batch."""


def collect_rarely() -> None:
    """Search for garbage rarely, and never again through what lives as long as the process; once, when all is imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*SEARCHES)


class WorkDied(Exception):
    """A background task ended by itself: the process ends too, so that whoever keeps it running starts it afresh."""


class _Server(uvicorn.Server):
    """Says that it is leaving before it waits for open requests, so that streams can end (`app.state.health.stopping`), and
    leaves when one of its background tasks has died."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app
        self.died = False

    @property
    def _health(self) -> Health | None:
        return getattr(self._app.state, "health", None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if self._health is not None:
            self._health.stopping = True
        super().handle_exit(sig, frame)

    async def on_tick(self, counter: int) -> bool:
        if self._health is not None and not self._health.is_alive():
            self.died = True
            log.critical("background task died, the process ends", works=self._health.dead())
            return True
        return await super().on_tick(counter)


async def serve(app: FastAPI, settings: Settings) -> None:
    """Serve HTTP on `http_host:http_port` until SIGTERM or SIGINT, then finish what was begun; WorkDied when a task died."""
    collect_rarely()
    config = uvicorn.Config(
        app,
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE_S,
        lifespan="on",
    )
    for ending in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ending, _asked_to_end)
    server = _Server(config, app)
    await server.serve()
    if server.died:
        raise WorkDied("a background task of the service ended by itself; its log says why")


def _asked_to_end(*_: object) -> None:
    """uvicorn raises the signal once more after it has ended well; that must not turn into a failure of the process."""
