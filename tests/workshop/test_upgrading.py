"""An upgrade finds workshops full of jobs, and gives each of them what the new release keeps."""

import importlib.util
from datetime import datetime
from pathlib import Path
from types import ModuleType

import services.workshop
from tests.databases import as_role
from tests.stack import Stack
from tests.workshop.shop import Shop

MIGRATIONS = Path(services.workshop.__file__).parent / "migrations" / "versions"
FOUND = {"lines": [{"kind": "part", "part_no": "GREASE", "quantity_milli": 100, "severity": "advice", "finding": "dry"}]}


def _migration(name: str) -> ModuleType:
    [file] = MIGRATIONS.glob(f"*_{name}.py")
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    return migration


async def test_jobs_from_before_get_their_since_from_their_history(shop: Shop, stack: Stack) -> None:
    """W1."""
    job = await shop.finished(await shop.a_hand())
    [backfill] = [each for each in _migration("board_and_measures").STATEMENTS.split(";;") if "UPDATE jobs" in each]
    async with as_role("workshop_owner", "workshop", stack.settings) as owner, owner.transaction():
        was = await owner.fetchval("UPDATE jobs SET state_since = NULL WHERE id = $1 RETURNING state_seq", job)
        await owner.execute(backfill)
        since, state_seq = await owner.fetchrow("SELECT state_since, state_seq FROM jobs WHERE id = $1", job)
        finished = await owner.fetchval("SELECT at FROM state_history WHERE subject_id = $1 AND to_state = 'finished'", job)
    assert (since, state_seq) == (finished, was)


async def test_a_clock_that_ran_before_there_was_clocking_in_can_be_stopped(shop: Shop, stack: Stack) -> None:
    """W3: who works at the moment of the upgrade is at work, and closed and looked at like any forgotten clock."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    theirs = ' WHERE "user" = $1'
    async with as_role("workshop_owner", "workshop", stack.settings) as owner:
        await owner.execute("DELETE FROM activities" + theirs + " AND kind NOT IN ('job', 'rework')", hand.user)
        await owner.execute("UPDATE activities SET attendance_id = NULL" + theirs, hand.user)
        await owner.execute("DELETE FROM attendances" + theirs, hand.user)
        for _ in range(2):
            await owner.execute(_migration("clocks_that_ran").BACKFILL)
        [attendance] = await owner.fetch("SELECT technician, left_at, flagged FROM attendances" + theirs, hand.user)
    assert tuple(attendance) == (hand.technician, None, False)
    assert (await shop.done(job, "pause", hand.headers, {"reason": "break"}))["state"] == "paused"


async def test_a_finding_from_before_waits_since_it_was_proposed(shop: Shop, stack: Stack) -> None:
    """W1, W4: one that is not decided; it is not waited for twice where that is known already."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    proposed = (await shop.ask(job, "supplements", hand.headers, FOUND)).json()
    waits = "SELECT opened_at, closed_at, job_id FROM holds WHERE about_id = $1"
    async with as_role("workshop_owner", "workshop", stack.settings) as owner, owner.transaction():
        known = await owner.fetch(waits, proposed["id"])
        await owner.execute("DELETE FROM holds WHERE about_id = $1", proposed["id"])
        for _ in range(2):
            await owner.execute(_migration("waiting_supplements").BACKFILL)
            assert await owner.fetch(waits, proposed["id"]) == known
    assert [tuple(row) for row in known] == [(datetime.fromisoformat(proposed["proposed_at"]), None, job)]
