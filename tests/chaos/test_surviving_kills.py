"""A short seed of the chaos run, in a process of its own as `make chaos` starts it."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]


@pytest.mark.servers
async def test_the_loop_survives_the_death_of_every_process() -> None:
    """Promises 1 to 6, 10 and 13: all services, the broker and the database fall; nothing is lost, nothing happens twice."""
    command = [sys.executable, "-m", "tests.chaos", "--seed", "3", "--cars", "8"]
    run = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=PIPE)
    out, _ = await asyncio.wait_for(run.communicate(), 300)
    verdict = json.loads(out.splitlines()[-1])
    assert verdict["reasons"] == []
    assert verdict["valid"] and run.returncode == 0
    assert {fault["target"] for fault in verdict["faults"]} >= {"broker", "postgres", "reception", "workshop", "parts"}
    assert (verdict["lost"], verdict["doubled"], verdict["dead"]) == (0, 0, 0)
