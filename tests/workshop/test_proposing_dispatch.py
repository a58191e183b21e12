"""Which job next, by whom, where: the proposal, what it says of itself, and what is done against it."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from services.workshop.domain import Job
from services.workshop.domain.dispatching import (
    DispatchTerms,
    FreeBay,
    FreeHand,
    Proposed,
    ReadyJob,
    propose,
    skipped,
)
from services.workshop.domain.promises import Outlook, PromiseTerms, predict
from services.workshop.domain.states import IN_A_BAY
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from shared.events import About
from shared.events.reception import PromiseChanged
from shared.schedule import Schedule
from shared.settings import settings
from tests.callers import once
from tests.workshop.shop import Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work

TERMS = DispatchTerms()
Json = dict[str, Any]


def a_job(promised: int = 120, **told: Any) -> ReadyJob:
    """Ready since now, promised in so many minutes, half an hour of work."""
    made = ReadyJob(new_id(), 1, "SH01-1", "engine", "ENGINE-OIL", 30, NOON + timedelta(minutes=promised), NOON, False, False)
    return replace(made, **told)


def a_hand(code: str = "T1", **told: Any) -> FreeHand:
    return replace(FreeHand(code, frozenset({"engine"}), False, 0, 0), **told)


def proposed(jobs: list[ReadyJob], hands: list[FreeHand], bays: list[FreeBay]) -> list[Proposed]:
    return propose(jobs, hands, bays, TERMS, NOON)


BAY = FreeBay("B1", "lift")


@pytest.mark.parametrize("first", [
    {"promised": 119}, {"customer_waits": True}, {"urgent": True}, {"ready_since": NOON - timedelta(hours=1)}, {"minutes": 45},
])  # fmt: skip
def test_the_earlier_promise_the_waiting_customer_the_urgent_the_older_and_the_longer_job_come_first(first: Json) -> None:
    """W2: all work is finished when it was promised."""
    other, urgent = a_job(), a_job(**first)
    one, two = proposed([other, urgent], [a_hand()], [BAY])
    assert (one.job, one.technician, one.bay) == (urgent, "T1", "B1")
    assert (two.job, two.technician, two.why_not) == (other, None, "nobody_free")


def test_who_is_free_comes_before_who_works_and_who_has_less_to_do_before_who_has_more() -> None:
    """W2: load and fairness."""
    works, much, little = a_hand("T1", works=True), a_hand("T2", queue_minutes=90), a_hand("T3", queue_minutes=20)
    [best] = proposed([a_job()], [works, much, little], [BAY])
    assert best.technician == "T3"
    assert "T3 has the skill engine, is free, 16 minutes less work than the mean" in best.because
    [second] = proposed([a_job()], [works, much], [BAY])
    assert second.technician == "T2"


@pytest.mark.parametrize(("hand", "bays", "why"), [
    (a_hand(skills=frozenset({"paint"})), [BAY], "nobody_with_the_skill"),
    (a_hand(lacks=frozenset({"ENGINE-OIL"})), [BAY], "nobody_certified"),
    (a_hand(waiting_jobs=3), [BAY], "nobody_free"), (a_hand(), [], "no_free_bay"),
    (a_hand(), [FreeBay("P1", "paint", frozenset({"paint"}))], "no_free_bay"),
])  # fmt: skip
def test_a_job_that_nobody_can_have_says_why(hand: FreeHand, bays: list[FreeBay], why: str) -> None:
    [only] = proposed([a_job()], [hand], bays)
    assert (only.technician, only.why_not) == (None, why)


def test_the_proposal_explains_itself() -> None:
    """W2: in words."""
    [only] = proposed([a_job(50, customer_waits=True)], [a_hand()], [BAY])
    assert only.because == (
        "promised in 50 minutes, 30 minutes of work; the customer waits; T1 has the skill engine, is free, 0 minutes of work"
        " before it; bay B1 (lift) is free and fits."
    )


def test_taking_a_job_before_one_that_the_same_hands_could_have_is_skipping_it() -> None:
    """W2: no cherry-picking; a job for other hands and another bay is not skipped."""
    first, second = a_job(60), a_job(90)
    two = proposed([first, second], [a_hand("T1"), a_hand("T2")], [BAY, FreeBay("B2", "lift")])
    assert skipped(two, second.id, "T2", "B2") == []
    assert [each.job for each in skipped(two, second.id, "T1", "B2")] == [first]
    assert [each.job for each in skipped(two, second.id, "T2", "B1")] == [first]
    assert skipped(two, first.id, "T1", "B1") == []


def test_a_proposal_is_the_same_when_only_the_minute_has_turned() -> None:
    """What it says in words differs, what is to be done does not."""
    job, hand = a_job(), a_hand()
    [one] = proposed([job], [hand], [BAY])
    [later] = propose([job], [hand], [BAY], TERMS, NOON + timedelta(minutes=2))
    assert one.because != later.because and one.same_pair(later)
    [other] = proposed([replace(job, version=2)], [hand], [BAY])
    assert not one.same_pair(other)


SKILLS = ("engine", "paint", "body")
JOBS = st.lists(
    st.builds(
        lambda skill, promised, waits, minutes: a_job(
            promised, skill=skill, op_code=f"{skill}-x", customer_waits=waits, minutes=minutes
        ),
        st.sampled_from(SKILLS), st.integers(-200, 600), st.booleans(), st.integers(5, 240),
    ),
    max_size=12,
)  # fmt: skip
HANDS = st.lists(
    st.builds(
        FreeHand,
        st.sampled_from(["T1", "T2", "T3", "T4"]), st.frozensets(st.sampled_from(SKILLS)), st.booleans(), st.integers(0, 4),
        st.integers(0, 500), st.frozensets(st.sampled_from([*SKILLS, "engine-x"])),
    ),
    unique_by=lambda hand: hand.code, max_size=4,
)  # fmt: skip
BAYS = st.lists(
    st.builds(
        lambda code, skills: FreeBay(code, "lift", skills),
        st.sampled_from(["B1", "B2", "B3"]), st.none() | st.frozensets(st.sampled_from(SKILLS)),
    ),
    unique_by=lambda bay: bay.code, max_size=3,
)  # fmt: skip


@given(jobs=JOBS, hands=HANDS, bays=BAYS)
def test_nobody_is_proposed_for_what_they_cannot_do_nor_anybody_or_any_bay_twice(
    jobs: list[ReadyJob], hands: list[FreeHand], bays: list[FreeBay]
) -> None:
    """W2, W7: whatever is to be done; and the same state always gives the same proposal."""
    found = proposed(jobs, hands, bays)
    assert [each.rank for each in found] == list(range(1, len(jobs) + 1))
    assert found == proposed(list(reversed(jobs)), list(reversed(hands)), list(reversed(bays)))
    pairs = [(each.technician, each.bay) for each in found if each.technician]
    assert len({technician for technician, _ in pairs}) == len({bay for _, bay in pairs}) == len(pairs)
    people, places = {hand.code: hand for hand in hands}, {bay.code: bay for bay in bays}
    for each in found:
        assert (each.technician is None) == (each.bay is None) == (each.why_not is not None)
        if each.technician and each.bay:
            assert people[each.technician].can(each.job) and places[each.bay].fits(each.job)
    assert [each.slack_minutes for each in found] == sorted(each.slack_minutes for each in found)


@given(luck=st.randoms(use_true_random=False))
def test_over_a_day_work_is_spread_evenly(luck: Any) -> None:
    """W2: the busiest never has more than one job more than the idlest."""
    load = dict.fromkeys(("T1", "T2", "T3"), 0)
    for _ in range(20):
        job = a_job(minutes=luck.randint(10, 60))
        [one] = proposed([job], [a_hand(code, queue_minutes=minutes) for code, minutes in load.items()], [BAY])
        load[one.technician or ""] += job.minutes
    assert max(load.values()) - min(load.values()) <= 60


# ---- through the door, in a store of which nobody else knows


@pytest.fixture
def elsewhere(shop: Shop) -> Iterator[Shop]:
    with clock.stopped(NOON):
        yield replace(shop, store="sh02")


async def empty(shop: Shop) -> None:
    """What other tests left ready is called off."""
    async with shop.database.hearing.begin() as session:
        for job in await session.scalars(select(Job).where(Job.store_id == shop.store, Job.state == "ready")):
            job.state = "cancelled"


async def read(shop: Shop) -> list[Json]:
    answer = await shop.client.get(f"/stores/{shop.store}/dispatch-proposal", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def ready(shop: Shop, skill: str, hours: float, **told: Any) -> UUID:
    line = a_labour_line(op_code=f"{skill.upper()}-X")
    event = authorised_work(line, store_id=shop.store, promised_at=NOON + timedelta(hours=hours))
    await shop.hear(event.model_copy(update=told))
    return line.ro_line_id


async def test_skipping_a_job_needs_a_reason_that_is_kept(elsewhere: Shop) -> None:
    """W2: no cherry-picking (挑单); the dispatcher may overrule, and it can be read who did so and why."""
    shop = elsewhere
    await empty(shop)
    hand = await shop.a_hand("tint")
    late, soon = await ready(shop, "tint", 6), await ready(shop, "tint", 6, customer_waits=True)
    assert [UUID(each["job_id"]) for each in await read(shop)][:2] == [soon, late]
    body = {"technician": hand.technician, "bay": hand.bay}
    refused = await shop.ask(late, "dispatch", shop.dispatcher, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert [each["job_id"] for each in refused.json()["parameters"]["skipped"]] == [str(soon)]
    explained = body | {"reason_code": "customer_asked", "reason": "He has a train to catch."}
    await shop.done(late, "dispatch", shop.dispatcher, explained)
    listed = await shop.client.get(f"/stores/{shop.store}/overruled-dispatches", headers=shop.dispatcher)
    kept = listed.json()["items"][0]
    assert (kept["job_id"], kept["reason_code"], kept["dispatched_by"]) == (str(late), "customer_asked", "user:lin.wei")
    assert [each["job_id"] for each in kept["skipped"]] == [str(soon)]


async def test_only_who_is_there_and_a_bay_in_order_are_proposed(elsewhere: Shop) -> None:
    """W2, W7."""
    shop = elsewhere
    await empty(shop)
    hand = await shop.a_hand("film")
    job = await ready(shop, "film", 5)
    mine = next(each for each in await read(shop) if each["job_id"] == str(job))
    assert mine["technician"] == hand.technician
    away = {
        "technician": hand.technician, "kind": "sick", "from_at": (NOON - timedelta(hours=1)).isoformat(),
        "until_at": (NOON + timedelta(hours=8)).isoformat(),
    }  # fmt: skip
    answer = await shop.client.post(f"/stores/{shop.store}/absences", json=away, headers=shop.dispatcher | once())
    assert answer.status_code == 201, answer.text
    mine = next(each for each in await read(shop) if each["job_id"] == str(job))
    assert (mine["technician"], mine["why_not"]) == (None, "nobody_with_the_skill")


async def test_many_dispatchers_who_accept_at_once_never_give_a_bay_or_a_job_twice(elsewhere: Shop) -> None:
    """W2, W7: a stress; what was given away meanwhile is left out."""
    shop = elsewhere
    await empty(shop)
    hands = [await shop.a_hand("wrap") for _ in range(4)]
    jobs = [await ready(shop, "wrap", 4 + number / 10) for number in range(30)]

    async def accept() -> list[str]:
        path = f"/stores/{shop.store}/dispatch-proposal/acceptance"
        answer = await shop.client.post(path, json={"most": 3}, headers=shop.dispatcher | once())
        assert answer.status_code in (200, 409, 503), answer.text
        return [job["id"] for job in answer.json()["items"]] if answer.status_code == 200 else []

    given_out = [job for some in await asyncio.gather(*(accept() for _ in range(12))) for job in some]
    assert len(given_out) == len(set(given_out)) > 0
    async with shop.database.hearing() as session:
        rows = (await session.execute(select(Job.bay, Job.technician).where(Job.id.in_(jobs), Job.state.in_(IN_A_BAY)))).all()
    assert len({bay for bay, _ in rows}) == len(rows) == len(given_out)
    assert {technician for _, technician in rows} <= {hand.technician for hand in hands}
    twice = select(func.count()).where(Job.store_id == shop.store, Job.state.in_(IN_A_BAY)).group_by(Job.bay)
    async with shop.database.hearing() as session:
        assert set(await session.scalars(twice)) == {1}


async def test_accepting_all_pairs_is_judged_by_the_one_proposal_that_they_are_of(elsewhere: Shop) -> None:
    """W2: giving out the first changes what would be proposed next; the second is not taken for skipping that."""
    shop = elsewhere
    await empty(shop)
    path, only_there = f"/stores/{shop.store}/policies/capacity", {"bay_kinds": {"wax": ["wash"], "wipe": ["wash"]}}
    boss = shop.by("store_manager") | once()
    assert (await shop.client.post(path, json={"value": only_there}, headers=boss)).status_code == 201
    await shop.a_hand("wax"), await shop.a_hand("wipe")
    for number in range(2):
        bay = {"code": f"W{number}{new_id().hex[-8:]}", "kind": "wash"}
        await shop.client.post(f"/stores/{shop.store}/bays", json=bay, headers=shop.dispatcher | once())
    first, unplaced, second = await ready(shop, "wax", 3), await ready(shop, "wax", 4), await ready(shop, "wipe", 5)
    accept = f"/stores/{shop.store}/dispatch-proposal/acceptance"
    answer = await shop.client.post(accept, json={}, headers=shop.dispatcher | once())
    assert answer.status_code == 200, answer.text
    assert {UUID(job["id"]) for job in answer.json()["items"]} == {first, second}
    assert (await shop.read(unplaced))["job"]["state"] == "ready"


async def test_giving_a_job_to_somebody_else_is_told(elsewhere: Shop) -> None:
    """W2: from whom, to whom and why."""
    shop = elsewhere
    one, two = await shop.a_hand("trim"), await shop.a_hand("trim")
    job = await shop.dispatched(one, await ready(shop, "trim", 3))
    await shop.done(job, "dispatch", shop.dispatcher, shop.given_to(two))
    kept = await shop.said(job)
    assert [kind for kind, _ in kept] == ["job_dispatched", "job_dispatched", "job_reassigned"]
    assert (kept[2][1]["from_technician"], kept[2][1]["technician"]) == (one.technician, two.technician)


# ---- promises


@pytest.mark.parametrize(("outlook", "level", "reason"), [
    ({}, "on_track", None), ({"left_minutes": 80}, "at_risk", "short_time"), ({"left_minutes": 110}, "late", "short_time"),
    ({"ahead_minutes": 70}, "at_risk", "too_much_work"), ({"left_minutes": 90, "over": True}, "at_risk", "takes_longer"),
    ({"left_minutes": 90, "has_technician": False}, "at_risk", "no_technician"),
    ({"parts_missing": True}, "at_risk", "waits_for_parts"),
    ({"parts_missing": True, "parts_eta_at": NOON + timedelta(hours=3)}, "late", "waits_for_parts"),
])  # fmt: skip
def test_a_late_job_is_seen_before_it_is_late(outlook: Json, level: str, reason: str | None) -> None:
    """W1, W2: predicted finish, the quality check included, against a promise in two hours."""
    known: Json = {"left_minutes": 10, "over": False, "ahead_minutes": 0, "has_technician": True, "parts_missing": False,
             "parts_eta_at": None}  # fmt: skip
    found, why, _ = predict(Outlook(**(known | outlook)), NOON + timedelta(hours=2), PromiseTerms(), NOON)
    assert found == level and (reason is None or why == reason)


async def review(shop: Shop) -> None:
    work = next(work for work in DUE if work.name == "review_promise")
    schedule = Schedule("workshop", [work], shop.database, settings())
    while await schedule.pass_over(work):
        pass


async def test_a_promise_at_risk_is_said_once_for_each_level_and_shown_on_the_board(elsewhere: Shop) -> None:
    """W1, W2: the advisor calls the customer before the customer calls."""
    shop = elsewhere
    job = await ready(shop, "glaze", 2)

    async def told() -> list[str]:
        await review(shop)
        await review(shop)
        return [body["level"] for kind, body in await shop.said_of_promise(job)]

    async def risk_at(hours: float) -> tuple[list[str], str]:
        with clock.stopped(NOON + timedelta(hours=hours)):
            said = await told()
            board = (await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)).json()
        return said, next(line["promise"] for line in board["jobs"] if line["job_id"] == str(job))

    assert await risk_at(0.1) == ([], "on_track")
    assert await risk_at(0.7) == (["at_risk"], "at_risk")
    assert await risk_at(0.9) == (["at_risk"], "at_risk")
    assert await risk_at(2.5) == (["at_risk", "late"], "late")


async def test_the_newest_promise_counts_in_whatever_order_it_is_heard(shop: Shop) -> None:
    """W2: whether it came with the agreement or later."""
    for shuffled in permutations(range(3)):
        ro, labour = new_id(), a_labour_line()
        first = authorised_work(labour, ro_id=ro, version=2, promised_at=NOON)
        moved = [
            PromiseChanged(
                about=About(subject=ro, version=version, store_id="sh01", correlation=ro), previous_promised_at=NOON,
                promised_at=NOON + timedelta(hours=version), first_promised_at=NOON, reason_code="parts", changed_at=NOON,
            )
            for version in (3, 4)
        ]  # fmt: skip
        facts = [first, *moved]
        for position in shuffled:
            await shop.hear(facts[position])
        promised = (await shop.read(labour.ro_line_id))["job"]["promised_at"]
        assert datetime.fromisoformat(promised) == NOON + timedelta(hours=4)
