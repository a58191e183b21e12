"""What stands on the board: since when, who can be given work, which bays can be used (W1)."""

import json
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from services.workshop.handlers.shop_floor import there
from shared import clock
from tests.workshop.days import Days
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import CAUSE, CORRECTION, NOON


@pytest.fixture
def days(shop: Shop) -> Iterator[Days]:
    """Another store at noon."""
    days = Days(replace(shop, store="sh02"), random.Random(1), NOON)
    with days.at():
        yield days


async def _board(days: Days, at: datetime = NOON) -> dict[str, Any]:
    with clock.stopped(at):
        answer = await days.shop.client.get("/stores/sh02/board", headers=days.shop.by("technician"))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def _shift(days: Days, hand: Hand, begins: datetime, hours: int = 8, **more: Any) -> None:
    local = {"begins_at": begins, "ends_at": begins + timedelta(hours=hours), "day": clock.day_in("Asia/Shanghai", begins)}
    await days.row("shifts", technician=hand.technician, version=1, break_minutes=60, **local, **more)


async def _out(days: Days, hand: Hand, begins: datetime, until: datetime | None, ended: datetime | None = None) -> None:
    await days.row(
        "outages",
        bay=hand.bay,
        version=1,
        kind="breakdown",
        from_at=begins,
        until_at=until,
        ended_at=ended,
        reason="Hydraulics.",
    )


def _of(board: dict[str, Any], kind: str, code: str) -> dict[str, Any]:
    return next(dict(each) for each in board[kind] if each["code"] == code)


@contextmanager
def _later(days: Days) -> Iterator[datetime]:
    days.now += timedelta(minutes=1)
    with clock.stopped(days.now):
        yield days.now


async def test_only_who_is_there_and_has_their_hands_free_can_be_given_work(days: Days) -> None:
    """On shift, or come without one; not who is away, at rest, or at work on a job."""
    names = (
        "on shift",
        "later",
        "called off",
        "no shift",
        "on leave",
        "at rest",
        "came anyway",
        "at work",
        "waits",
        "from last night",
    )
    people = {name: await days.shop.a_hand() for name in names}
    morning = NOON - timedelta(hours=3)
    for name in ("on shift", "on leave", "at rest", "at work", "waits"):
        await _shift(days, people[name], morning)
    await _shift(days, people["later"], NOON + timedelta(hours=1))
    await _shift(days, people["called off"], morning, called_off_at=morning)
    await _shift(days, people["from last night"], NOON - timedelta(hours=20), hours=21)
    away = {"from_at": morning, "until_at": NOON + timedelta(days=1)}
    await days.row("absences", technician=people["on leave"].technician, version=1, kind="leave", **away)
    await days.row("absences", technician=people["on shift"].technician, version=1, kind="sick", withdrawn_at=morning, **away)
    job = await days.shop.dispatched(people["at work"])
    await days.shop.done(job, "start", days.shop.by("technician", subject=people["at work"].user))
    for name, kind in (("at rest", "break"), ("came anyway", "idle"), ("waits", "wait_parts")):
        came = await days.attend(people[name], morning, None)
        await days.do(people[name], kind, NOON - timedelta(minutes=5), None, came)
    board = await _board(days)
    shown = {name: _of(board, "technicians", hand.technician) for name, hand in people.items()}
    assert [name for name in names if shown[name]["free"]] == ["on shift", "came anyway", "waits", "from last night"]
    assert board["free_technicians"] == sum(each["free"] for each in board["technicians"])
    assert [name for name in names if shown[name]["absent"]] == ["on leave"]
    assert "leave" not in json.dumps(board["technicians"]), "why somebody is absent is nobody else's business"
    assert (shown["at work"]["doing"], shown["at work"]["job_id"]) == ("job", str(job))
    assert (shown["at rest"]["doing"], shown["at rest"]["job_id"]) == ("break", None)
    assert datetime.fromisoformat(shown["at rest"]["doing_since"]) == NOON - timedelta(minutes=5)
    assert datetime.fromisoformat(shown["at rest"]["clocked_in_at"]) == morning
    late = await _board(days, NOON + timedelta(hours=11))
    free = {name: _of(late, "technicians", hand.technician)["free"] for name, hand in people.items()}
    assert [name for name in names if free[name]] == ["came anyway", "waits"], "the day's shifts are over: who stayed"
    async with days.shop.database.hearing() as session:
        codes = {each.code for each in await there(days.shop.store, NOON + timedelta(hours=11), session)}
    assert [name for name in names if people[name].technician in codes] == ["at rest", "came anyway", "at work", "waits"]
    without_shifts = await _board(days, NOON + timedelta(days=5))
    free = {name: _of(without_shifts, "technicians", hand.technician)["free"] for name, hand in people.items()}
    assert [name for name in names if not free[name]] == ["at rest", "at work"], "nobody has a shift: all are meant to be there"


async def test_who_left_the_store_is_on_the_board_no_more(days: Days) -> None:
    gone, going = await days.shop.a_hand(), await days.shop.a_hand()
    async with days.shop.database.hearing.begin() as session:
        for hand, day in ((gone, NOON.date()), (going, NOON.date() + timedelta(days=1))):
            left = {"day": day, "code": hand.technician}
            await session.execute(text("UPDATE technicians SET left_on = :day WHERE code = :code"), left)
    codes = {each["code"] for each in (await _board(days))["technicians"]}
    assert (gone.technician in codes, going.technician in codes) == (False, True)


async def test_a_bay_is_out_of_order_until_it_is_back(days: Days) -> None:
    """Not before it broke, nor after; of several outages the last end counts, and none is known when one of them has none."""
    fine, down, twice, back, soon = [await days.shop.a_hand() for _ in range(5)]
    hour = timedelta(hours=1)
    await _out(days, down, NOON - hour, NOON + hour)
    await _out(days, twice, NOON - hour, NOON + hour)
    await _out(days, twice, NOON - hour, None)
    await _out(days, back, NOON - 3 * hour, NOON + hour, NOON - hour)
    await _out(days, soon, NOON + hour, NOON + 2 * hour)
    board = await _board(days)
    bays = {hand.bay: _of(board, "bays", hand.bay) for hand in (fine, down, twice, back, soon)}
    assert [bay for bay, shown in bays.items() if shown["out_of_order"]] == [down.bay, twice.bay]
    assert datetime.fromisoformat(bays[down.bay]["out_of_order_until"]) == NOON + hour
    assert bays[twice.bay]["out_of_order_until"] is None
    assert board["free_bays"] == sum(bay["job_id"] is None and not bay["out_of_order"] for bay in board["bays"])


async def test_the_board_says_since_when_a_job_is_what_it_is(days: Days) -> None:
    hand = await days.shop.a_hand()
    headers = days.shop.by("technician", subject=hand.user)
    job = await days.shop.a_ready_job()
    seen = {}
    for action in ("dispatch", "start", "pause"):
        with _later(days) as moment:
            if action == "dispatch":
                await days.shop.dispatched(hand, job)
            else:
                await days.shop.done(job, action, headers, {"reason": "wait_tool"} if action == "pause" else None)
            seen[action] = moment
            shown = next(each for each in (await _board(days, moment))["jobs"] if each["job_id"] == str(job))
            assert datetime.fromisoformat(shown["state_since"]) == moment
    assert (shown["state"], shown["hold_reason"], shown["rework_no"]) == ("paused", "wait_tool", 0)
    with _later(days):
        await days.shop.done(job, "start", headers)
        await days.shop.done(job, "finish", headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        await days.shop.done(
            job, "inspections", days.shop.inspector, {"result": "failed", "fault_code": "LEAK", "fault_owner": "technician"}
        )
    shown = next(each for each in (await _board(days, days.now))["jobs"] if each["job_id"] == str(job))
    assert (shown["state"], shown["rework_no"]) == ("failed", 1)
