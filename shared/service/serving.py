"""One service in one process: uvicorn with our logs, our limits and a graceful end."""

import signal

import uvicorn
from fastapi import FastAPI

from shared.settings import Settings

GRACE_S = 30


async def serve(app: FastAPI, settings: Settings) -> None:
    """Serve HTTP on `http_host:http_port` until SIGTERM or SIGINT, then finish what was begun."""
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
    await uvicorn.Server(config).serve()


def _asked_to_end(*_: object) -> None:
    """uvicorn raises the signal once more after it has ended well; that must not turn into a failure of the process."""
