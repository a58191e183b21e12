"""The benchmark measures only contestants that do the whole work, exactly; no figure is judged here, times are not tested."""

import asyncio
import json
import sys

import pytest

from benchmarks.servers import Servers
from benchmarks.turns import Contestant, Figures, Plan, turn
from benchmarks.verdict import FLOOR, PRODUCT, verdict
from tests.stack import Stack

CONTESTANTS = {"floor", "naive", "per_message", "product", "product, two processes"}


@pytest.fixture
def servers(stack: Stack) -> Servers:
    return Servers(f"{stack.servers.postgres}/postgres", f"{stack.servers.broker.rstrip('/')}/{stack.settings.vhost}")


async def test_every_contestant_is_exact_and_the_last_line_is_the_verdict(servers: Servers) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", "--events", "60", "--idle-events", "5", "--rounds", "1"),
        *("--postgres", servers.postgres, "--broker", servers.broker),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await asyncio.wait_for(process.communicate(), 120)
    assert process.returncode == 0, err.decode()[-2000:]
    said = json.loads(out.decode().splitlines()[-1])
    assert said["valid"] is True
    assert set(said["contestants"]) == CONTESTANTS
    assert all(row["valid"] for row in said["contestants"].values())
    for ratio in ("product_vs_floor", "product_vs_naive", "idle_p50_vs_per_message"):
        assert said[ratio] > 0


async def test_a_contestant_that_skips_the_work_is_found_out(servers: Servers) -> None:
    figures = await turn(
        Contestant("forgetful", "tests.benchmarks.forgetful", outbox=False),
        servers,
        Plan(events=20, idle_events=5, batch=64, seconds=20),
    )
    assert "not true: every arrival has one visit" in figures.faults
    assert "not true: the bays counted every car once" in figures.faults
    assert any("came out twice" in fault for fault in figures.faults)


def test_a_wrong_contestant_earns_no_ratio() -> None:
    turns = {
        PRODUCT: [Figures(hops_per_second=9_000, faults=["facts never came out"])],
        FLOOR: [Figures(hops_per_second=3_000)],
    }
    said = verdict(turns)
    assert said["valid"] is False
    assert said["product_vs_floor"] is None
    assert said["contestants"][PRODUCT]["faults"] == ["facts never came out"]


async def test_a_bad_option_ends_with_exit_code_two() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks", "--events", "-3"), stderr=asyncio.subprocess.PIPE
    )
    _, err = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode == 2
    assert "--events: must be a whole number above zero" in err.decode()
