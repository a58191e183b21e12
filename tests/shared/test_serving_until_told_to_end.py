"""A served service answers over a real socket, finishes what was begun when told to end, and leaves with exit code 0."""

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from tests.callers import called_by, once
from tests.shared.services.doorbell.standing import PASSWORD, a_doorbell
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
SERVE = """
import asyncio, services
from shared.service.serving import serve
from shared.settings import settings
services.__path__.append({folder!r})
from tests.shared.services.doorbell.app import app
asyncio.run(serve(app(), settings()))
"""


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def until_ready(door: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await door.get("/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.1)


async def until_closed(port: int) -> None:
    """Until nobody new is let in."""
    async with asyncio.timeout(10):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionError:
                return
            writer.close()
            await asyncio.sleep(0.02)


async def test_a_begun_request_is_answered_after_the_order_to_end(stack: Stack) -> None:
    port = a_free_port()
    async with a_doorbell(stack):
        pass  # its database is there now
    environment = os.environ | stack.environment | {"LOOP4S_HTTP_PORT": str(port), "PYTHONPATH": str(ROOT)}
    for secret in ("DATABASE_DOORBELL", "BROKER_DOORBELL"):
        environment[f"LOOP4S_SECRET_{secret}"] = PASSWORD
    code = SERVE.format(folder=str(Path(__file__).parent / "services"))
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, env=environment, cwd=ROOT, stderr=PIPE)

    async def in_pieces() -> AsyncIterator[bytes]:
        yield b'{"store_id": "sh01", '
        process.send_signal(signal.SIGTERM)
        await until_closed(port)
        yield b'"words": "just in time"}'

    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20) as door:
            await until_ready(door)

            async def too_large() -> AsyncIterator[bytes]:
                for _ in range(300):
                    yield b"{" * 10_000

            headers = called_by("parts_clerk") | {"Content-Type": "application/json"}
            refused = await door.post("/notes", content=too_large(), headers=headers | once())
            assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
            answer = await door.post("/notes", content=in_pieces(), headers=headers | once())
            assert answer.status_code == 201
        _, log = await asyncio.wait_for(process.communicate(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0
    assert b'"event": "stopping"' in log
    assert b"request failed" not in log
