"""The way back: a fact that died of a defect takes effect once the defect is mended and an operator brings it back."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shared.database import new_id
from tests.shared import turnstile
from tests.shared.turnstile import World, a_passage, a_world, until
from tests.stack import Stack


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with a_world(stack) as made:
        yield made


@pytest.fixture
def defect() -> Iterator[None]:
    """The handler fails for a fact with the trick 'until_mended', until `turnstile.broken` is False."""
    turnstile.calls.clear()
    turnstile.broken = True
    yield
    turnstile.broken = True


@pytest.mark.usefixtures("defect")
async def test_a_mended_fact_is_brought_back_and_takes_effect_once(world: World, tmp_path: Path) -> None:
    """Reliability promise 9: rungs + 1 calls, a dead letter with its reason, one effect after replay, written down."""
    gate = new_id()
    fact = a_passage(gate, trick="until_mended")
    async with world.running():
        await world.said(fact)
        await until(lambda: _dead(world, 1))
        assert turnstile.calls.count(gate) == len(world.settings.ladder_ms) + 1
        assert await world.counted() == (0, 0, 0)
        (letter,) = await world.dead()
        assert letter["x-reason"] == "attempts"

        turnstile.broken = False
        told = await loop4s(world, tmp_path, "dead", "replay", "parts", "--fingerprint", letter["x-fingerprint"])
        assert told.endswith("replayed: 1\n")
        await until(lambda: _counted(world, 1))
        assert await world.depth("parts.dead") == 0

        await world.said(fact, a_passage())
        await until(lambda: _counted(world, 2))
        assert await world.counted() == (2, 2, 2), "said again, it had no second effect"
        assert (await loop4s(world, tmp_path, "dead", "replay", "parts")).endswith("replayed: 0\n")
    assert turnstile.calls.count(gate) == len(world.settings.ladder_ms) + 2
    (line,) = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert (line["act"], line["event_id"], line["service"]) == ("replaying a dead letter", fact.message_id, "parts")
    assert line["actor"]


async def loop4s(world: World, data: Path, *arguments: str) -> str:
    """What the command line says in a process of its own, which must succeed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "deploy.command", *arguments,
        env={**os.environ, **world.environment, "LOOP4S_DEMO_DATA": str(data)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, complaints = await process.communicate()
    assert process.returncode == 0, complaints.decode()
    return told.decode()


async def _dead(world: World, letters: int) -> bool:
    return await world.depth("parts.dead") >= letters


async def _counted(world: World, facts: int) -> bool:
    return (await world.counted())[0] >= facts
