"""A short seed of the chaos run."""

import pytest

from deploy.local.processes import say_on_stderr
from tests.chaos.run import rampage


@pytest.mark.servers
async def test_the_loop_survives_the_death_of_every_process() -> None:
    """Promises 1 to 6, 10 and 13: all services, the broker and the database fall; nothing is lost, nothing happens twice."""
    verdict = await rampage(seed=3, cars=10, say=say_on_stderr)
    assert verdict["reasons"] == []
    assert verdict["valid"]
    assert {fault["target"] for fault in verdict["faults"]} >= {"broker", "postgres", "reception", "workshop", "parts"}
    assert (verdict["lost"], verdict["doubled"], verdict["dead"]) == (0, 0, 0)
