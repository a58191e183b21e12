"""The board live: at once, again when it changed, and for any number of watchers at the cost of one (W1)."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from services.workshop.api import live
from services.workshop.app import app
from shared.database import Database
from shared.identity import LEEWAY_S, issue_token
from tests.callers import called_by, once
from tests.stack import Stack
from tests.workshop.shop import Shop
from tests.workshop.streams import streaming

PATH = "/stores/{}/board/stream"


@pytest.fixture
def at(shop: Shop) -> str:
    """The path of the store's stream."""
    return PATH.format(shop.store)


def _job(board: dict[str, Any], job: Any) -> dict[str, Any] | None:
    return next((each for each in board["jobs"] if each["job_id"] == str(job)), None)


async def test_who_watches_gets_the_board_at_once_and_again_when_it_changed(shop: Shop, at: str) -> None:
    hand = await shop.a_hand()
    async with streaming(app, at, shop.by("technician")) as stream:
        before = await stream.board()
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.sent.startswith("retry: ")
        read = (await shop.client.get(f"/stores/{shop.store}/board", headers=shop.by("technician"))).json()
        assert {each["job_id"] for each in before["jobs"]} == {each["job_id"] for each in read["jobs"]}
        assert before.keys() == read.keys()
        job = await shop.dispatched(hand)
        async with asyncio.timeout(10):
            number = 2
            while (shown := _job(await stream.board(number), job)) is None or shown["state"] != "dispatched":
                number += 1
        assert shown["bay"] == hand.bay
        ids = [id for id, _ in stream.boards]
        assert len(ids) == len(set(ids))


async def test_a_board_that_does_not_change_is_not_sent_again(shop: Shop) -> None:
    """Not even to who comes back with the id of what they saw."""
    here = replace(shop, store="sh02")
    await here.a_hand()
    async with streaming(app, PATH.format("sh02"), here.by("technician")) as first:
        await first.board()
        looks = app.state.board.looks
        async with streaming(app, PATH.format("sh02"), here.by("technician") | {"Last-Event-ID": first.boards[0][0]}) as again:
            async with asyncio.timeout(10):
                while app.state.board.looks < looks + 2:
                    await asyncio.sleep(0.05)
            assert len(first.boards) == 1
            hand, number = await here.a_hand(), 1
            while hand.bay not in [bay["code"] for bay in (await again.board(number))["bays"]]:
                number += 1
        assert first.boards[0][0] not in [id for id, _ in again.boards]


async def test_looking_costs_the_same_however_many_watch(shop: Shop, at: str) -> None:
    """One look a second for the store, not one for each watcher, and none once they have gone."""
    async with streaming(app, at, shop.by("technician")) as one:
        await one.board()
        before, clock = app.state.board.looks, asyncio.get_running_loop().time
        began = clock()
        streams = [streaming(app, at, shop.by("technician")) for _ in range(30)]
        opened = [await each.__aenter__() for each in streams]
        await asyncio.gather(*(each.board() for each in opened))
        for each in streams:
            await each.__aexit__(None, None, None)
        assert app.state.board.looks - before <= (clock() - began) / live.LOOK_EVERY_S + 1
    assert app.state.board._sights == {}
    resting = app.state.board.looks
    await asyncio.sleep(0)
    assert app.state.board.looks == resting


async def test_a_slow_watcher_gets_the_newest_board_and_not_all_those_before(shop: Shop) -> None:
    boards: live.LiveBoards = app.state.board
    frames = boards.frames(shop.store, None, None)
    sent = [await anext(frames), await anext(frames)]
    for number in range(5):
        boards._sights[shop.store].see(f'{{"cars": {number}}}')
    sent.append(await anext(frames))
    assert [b"event: board" in each for each in sent] == [False, True, True]
    assert b'data: {"cars": 4}\n\n' in sent[-1]
    await frames.aclose()  # type: ignore[attr-defined]


async def test_the_stream_ends_with_the_callers_token(shop: Shop, at: str) -> None:
    token = issue_token("lin.wei", {shop.store: ["technician"]}, seconds=2 - LEEWAY_S)
    async with streaming(app, at, {"Authorization": f"Bearer {token}"}) as stream:
        await stream.board()
        await stream.end()


async def test_a_process_that_is_told_to_end_ends_its_streams(shop: Shop, at: str) -> None:
    async with streaming(app, at, shop.by("technician")) as stream:
        await stream.board()
        app.state.health.stopping = True
        try:
            await stream.end()
        finally:
            app.state.health.stopping = False


async def test_a_database_that_is_away_ends_no_stream(shop: Shop, at: str, stack: Stack) -> None:
    """Who watches keeps what they saw, and sees on when it is back."""
    boards: live.LiveBoards = app.state.board
    async with streaming(app, at, shop.by("technician")) as stream:
        await stream.board()
        there, looks = boards.database, boards.looks
        boards.database = Database.connect("workshop", stack.settings.model_copy(update={"postgres": "127.0.0.1:1"}))
        try:
            async with asyncio.timeout(10):
                while boards.looks < looks + 2:
                    await asyncio.sleep(0.05)
        finally:
            boards.database = there
        hand, number = await shop.a_hand(), 2
        while hand.bay not in [bay["code"] for bay in (await stream.board(number))["bays"]]:
            number += 1


async def test_another_stores_board_looks_unknown_to_watchers_too(shop: Shop, at: str) -> None:
    for headers, status in ((called_by("dispatcher", store="sh02"), 404), ({}, 401), (shop.by("cashier"), 403)):
        assert (await shop.client.get(at, headers=headers | once())).status_code == status
