"""The live board: every open page gets what changed, in its language, for its stores, and nobody can slow down the others."""

import asyncio
import json
import os
import re
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest

from deploy.local.ports import HOST, is_free
from services.console.app import app
from services.console.live import Board, Listener
from services.console.live.frames import frame
from services.console.live.listeners import MOST_FRAMES
from shared.database import Database
from tests.console.words import ADVISOR, MANAGER, AStay, happened, logged_in
from tests.stack import Stack

pytestmark = pytest.mark.usefixtures("nothing_happened_yet")
EVENT = re.compile(r"event: (\w+)\ndata: (.*)\n")
Told = tuple[str, Any]


class Watching:
    """What one open page was sent."""

    def __init__(self, frames: AsyncIterator[bytes]) -> None:
        self._frames = frames
        self.told: list[Told] = []

    async def until(self, wanted: Callable[[str, Any], bool]) -> Any:
        """The first message that is wanted, within ten seconds."""
        async with asyncio.timeout(10):
            async for message in self._frames:
                self.told += [(name, json.loads(data)) for name, data in EVENT.findall(message.decode())]
                for name, data in self.told:
                    if wanted(name, data):
                        return data
        raise AssertionError(f"the stream ended after {[name for name, _ in self.told]}")


@contextmanager
def watching(board: Board, listener: Listener) -> Iterator[Watching]:
    with board.listening(listener):
        yield Watching(listener.frames())


def a_card(stay: AStay, column: str | None) -> Callable[[str, Any], bool]:
    return lambda name, data: name == "card" and data["id"] == str(stay.ro_id) and data["column"] == column


async def test_a_change_is_shown_at_once_to_each_page_in_its_language(console: httpx.AsyncClient) -> None:
    """W1."""
    database, board, stay = app.state.database, app.state.board, AStay()
    with watching(board, Listener("zh", ("*",))) as chinese, watching(board, Listener("en", ("sh01",))) as english:
        await happened(database, stay.identified(), stay.authorised(), stay.failed(stay.oil))
        here, there = await asyncio.gather(chinese.until(a_card(stay, "work")), english.until(a_card(stay, "work")))
    assert "返修 1 次" in here["html"] and "Rework 1" in there["html"]
    assert (here["id"], here["version"], here["order"]) == (there["id"], there["version"], there["order"])


async def test_versions_rise_so_that_a_page_can_drop_what_is_older(console: httpx.AsyncClient) -> None:
    database, board, stay = app.state.database, app.state.board, AStay()
    with watching(board, Listener("zh", ("*",))) as page:
        versions = []
        for column, fact in (("authorise", stay.checked_in()), ("dispatch", stay.authorised()), ("parts", stay.backordered())):
            await happened(database, fact)
            versions.append((await page.until(a_card(stay, column)))["version"])
        await happened(database, stay.identified(plate="沪A99999"))
        renamed = await page.until(lambda name, data: name == "card" and "99999" in data["html"])
    assert versions == sorted({*versions})
    assert renamed["version"] > versions[-1]


async def test_a_surveyed_car_leaves_the_board(console: httpx.AsyncClient) -> None:
    database, board, stay = app.state.database, app.state.board, AStay()
    with watching(board, Listener("zh", ("*",))) as page:
        await happened(database, stay.delivered(), stay.answered())
        assert "html" not in await page.until(a_card(stay, None))


async def test_nobody_hears_of_cars_of_a_store_that_is_not_theirs(console: httpx.AsyncClient) -> None:
    database, board, ours, theirs = app.state.database, app.state.board, AStay("sh01"), AStay("sh02")
    with watching(board, Listener("zh", ("sh01",))) as page:
        await happened(database, theirs.checked_in(), ours.checked_in())
        await page.until(lambda name, data: name == "counts" and data.get("sh01/checked_in") == 1)
    assert [data["id"] for name, data in page.told if name == "card"] == [str(ours.ro_id)]
    counted = [data for name, data in page.told if name == "counts"]
    assert all(data["*/checked_in"] == data["column/authorise"] == 1 and "sh02/checked_in" not in data for data in counted)


async def test_a_page_that_does_not_keep_up_is_closed_and_the_others_go_on() -> None:
    slow, quick = Listener("zh", ("*",)), Listener("zh", ("*",))
    frames = quick.frames()
    for number in range(MOST_FRAMES + 1):
        for listener in (slow, quick):
            listener.put(frame("card", {"number": number}))
        assert f'"number":{number}'.encode() in await anext(frames)
    assert [message async for message in slow.frames()] == [], "it ends at once, and its page starts over"


async def test_closing_the_board_frees_every_stream(console: httpx.AsyncClient) -> None:
    board: Board = app.state.board
    listeners = [Listener("zh", ("*",)) for _ in range(3)]
    waiting = [asyncio.ensure_future(anext(listener.frames(), None)) for listener in listeners]
    board.listeners |= {*listeners}
    board.close()
    async with asyncio.timeout(2):
        assert await asyncio.gather(*waiting) == [None] * 3
    board.listeners -= {*listeners}


async def test_a_change_that_nobody_told_is_found_by_looking_back(console: httpx.AsyncClient, database: Database) -> None:
    """A process may die between its commit and its notification."""
    stay = AStay()
    with watching(app.state.board, Listener("zh", ("*",))) as page:
        await happened(database, stay.checked_in())  # this pool has nobody who would notify
        await page.until(a_card(stay, "authorise"))


@asynccontextmanager
async def a_running_console(stack: Stack) -> AsyncIterator[tuple[httpx.AsyncClient, asyncio.subprocess.Process]]:
    """The console as a process of its own."""
    port = next(port for port in range(20_000, 32_000, 7) if is_free(port))
    users = f"[{MANAGER.model_dump_json()},{ADVISOR.model_dump_json()}]"
    environment = {**os.environ, **stack.environment, "LOOP4S_HTTP_PORT": str(port), "LOOP4S_SECRET_CONSOLE_USERS": users}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.command", "serve", "console", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=10) as client:
            await _answers(client)
            yield client, process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _answers(client: httpx.AsyncClient) -> None:
    async with asyncio.timeout(30):
        while True:
            try:
                if (await client.get("/readyz")).is_success:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)


async def _eventually(attempt: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(20):
        while True:
            try:
                return await attempt()
            except AssertionError:
                await asyncio.sleep(0.2)


async def test_a_stopping_process_ends_its_streams_and_itself_at_once(stack: Stack, console: httpx.AsyncClient) -> None:
    """What one process commits, the pages of another show; a stop does not wait for open pages."""
    async with a_running_console(stack) as (client, process):
        user = await _eventually(lambda: logged_in(client, ADVISOR))
        async with client.stream("GET", "/board/events", headers=user) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["x-accel-buffering"] == "no" and answer.headers["cache-control"] == "no-store"
            page, stay = Watching(answer.aiter_bytes()), AStay()
            await happened(app.state.database, stay.checked_in())
            assert "沪A" not in (await page.until(a_card(stay, "authorise")))["html"]
            process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5):
                async for _ in page._frames:
                    pass
                assert await process.wait() == 0
