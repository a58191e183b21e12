"""Quality: self check, a colleague's, the inspector's, road tests by sampling, whose fault it was, and what comes back."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.workshop.domain.quality import QualityTerms, concern_group
from shared import clock
from shared.database import new_id
from tests.callers import once
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import CAUSE, CORRECTION, NOON, a_labour_line, authorised_work

PASSED = {"result": "passed", "road_test_km": 3}
FAILED = {"result": "failed", "fault_code": "LEAK", "fault_owner": "parts", "fault_cause": "Seal of the wrong size."}


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


async def code_of(shop: Shop, job: UUID, action: str, headers: dict[str, str], body: dict[str, Any]) -> str:
    answer = await shop.ask(job, action, headers, body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


async def on_the_board(shop: Shop, job: UUID) -> dict[str, Any]:
    """The job's line."""
    answer = await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return next(dict(each) for each in answer.json()["jobs"] if each["job_id"] == str(job))


async def sent_back(shop: Shop, hand: Hand, job: UUID) -> None:
    """Worked on once more, and found wanting."""
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    await shop.done(job, "inspections", shop.inspector, FAILED)


async def test_who_finishes_says_that_they_have_checked_their_work(shop: Shop) -> None:
    """W5: 自检."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    done = {"cause": CAUSE, "correction": CORRECTION}
    assert await code_of(shop, job, "finish", hand.headers, done) == "self_check_missing"
    assert (await shop.done(job, "finish", hand.headers, done | {"self_checked": True}))["state"] == "finished"


async def test_rework_is_seen_by_a_colleague_before_the_inspector(shop: Shop) -> None:
    """W5: 互检, by somebody who did not work on it, once."""
    hand, other = await shop.a_hand(), await shop.a_hand()
    job = await shop.finished(hand)
    await shop.done(job, "inspections", shop.inspector, FAILED)
    assert await code_of(shop, job, "team-check", other.headers, {}) == "illegal_transition"
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    assert await code_of(shop, job, "inspections", shop.inspector, PASSED) == "team_check_missing"
    assert await code_of(shop, job, "team-check", hand.headers, {}) == "worked_on_it"
    stranger = shop.by("technician", subject="nobody.here")
    assert await code_of(shop, job, "team-check", stranger, {}) == "not_a_colleague"
    await shop.done(job, "team-check", other.headers, {"remark": "Dry."})
    assert await code_of(shop, job, "team-check", other.headers, {}) == "checked_already"
    assert (await shop.done(job, "inspections", shop.inspector, PASSED))["state"] == "completed"
    passed = [body for kind, body in await shop.said(job) if kind == "quality_passed"]
    assert [(body["rework_no"], body["road_tested"]) for body in passed] == [(1, True)]


async def test_who_checked_the_work_as_a_colleague_does_not_inspect_it(shop: Shop) -> None:
    """W5: 互检 and 终检 are two people's, whatever comes of it."""
    hand, other = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(hand)
    await sent_back(shop, hand, job)
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    both = shop.by("technician", "inspector", subject=other.user)
    await shop.done(job, "team-check", both, {})
    for result in (PASSED, FAILED):
        assert await code_of(shop, job, "inspections", both, result) == "inspector_checked_it"
    assert (await shop.done(job, "inspections", shop.inspector, PASSED))["state"] == "completed"


def test_the_same_jobs_are_driven_whoever_asks_and_as_many_as_the_policy_says() -> None:
    """W5: 路试 by sampling; rework and chosen skills always."""
    terms, jobs = QualityTerms(road_test_bp=2_000, road_test_skills=["brakes"]), [new_id() for _ in range(3_000)]
    driven = [job for job in jobs if terms.needs_road_test(job, "engine", repeated=False)]
    assert driven == [job for job in jobs if terms.needs_road_test(job, "engine", repeated=False)]
    assert 450 < len(driven) < 750
    assert all(terms.needs_road_test(job, "brakes", repeated=False) for job in jobs)
    assert all(terms.needs_road_test(job, "engine", repeated=True) for job in jobs)


async def test_a_job_that_was_chosen_passes_only_when_it_was_driven(shop: Shop) -> None:
    """W5."""
    policy = f"/stores/{shop.store}/policies/quality"
    value = {"road_test_skills": ["steer"]}
    answer = await shop.client.post(policy, json={"value": value}, headers=shop.by("store_manager") | once())
    assert answer.status_code == 201, answer.text
    job = await shop.finished(await shop.a_hand("steer"), await shop.a_ready_job(op_code="STEER-1"))
    assert await code_of(shop, job, "inspections", shop.inspector, {"result": "passed"}) == "road_test_needed"
    assert (await shop.done(job, "inspections", shop.inspector, PASSED))["state"] == "completed"
    assert [each["road_test_km"] for each in (await shop.read(job))["inspections"]] == [3]


async def test_a_failure_says_whose_fault_it_was(shop: Shop) -> None:
    """W5: with its cause, which stays in the workshop."""
    job = await shop.finished(await shop.a_hand())
    untold = {"result": "failed", "fault_code": "LEAK"}
    assert (await shop.ask(job, "inspections", shop.inspector, untold)).status_code == 422
    await shop.done(job, "inspections", shop.inspector, FAILED)
    [failed] = [body for kind, body in await shop.said(job) if kind == "quality_failed"]
    assert failed["fault_owner"] == "parts" and "Seal" not in str(failed)
    [kept] = (await shop.read(job))["inspections"]
    assert (kept["fault_owner"], kept["fault_cause"]) == ("parts", "Seal of the wrong size.")


async def test_what_failed_more_than_twice_goes_on_only_with_the_manager_s_word(shop: Shop) -> None:
    """W5, A2: > 2 reworks go to the manager."""
    hand, boss = await shop.a_hand(), shop.by("store_manager", subject="zhao.lei")
    job = await shop.dispatched(hand)
    await sent_back(shop, hand, job)
    assert await code_of(shop, job, "quality-release", boss, {}) == "nothing_to_release"
    await sent_back(shop, hand, job)
    assert not (await on_the_board(shop, job))["needs_release"]
    await sent_back(shop, hand, job)
    assert (await on_the_board(shop, job))["needs_release"]
    assert await code_of(shop, job, "start", hand.headers, {}) == "manager_needed"
    await shop.dispatched(await shop.a_hand(), job)
    assert (await on_the_board(shop, job))["needs_release"], "whoever it is given to"
    await shop.dispatched(hand, job)
    assert (await shop.ask(job, "quality-release", hand.headers, {})).status_code == 403
    await shop.done(job, "quality-release", boss, {"remark": "With the maker's hotline."})
    assert not (await on_the_board(shop, job))["needs_release"]
    assert (await shop.done(job, "start", hand.headers))["state"] == "working"
    failures = [body["needs_release"] for kind, body in await shop.said(job) if kind == "quality_failed"]
    assert failures == [False, False, True]


async def a_comeback(shop: Shop) -> UUID:
    """The car of a completed job comes again with the same concern."""
    car, first, again = new_id(), a_labour_line(), a_labour_line()
    await shop.hear(authorised_work(first, vehicle_id=car))
    await shop.done(await shop.finished(await shop.a_hand(), first.ro_line_id), "inspections", shop.inspector, PASSED)
    await shop.hear(authorised_work(again, vehicle_id=car))
    return again.ro_line_id


async def test_a_comeback_is_worked_on_as_rework_and_checked_as_such(shop: Shop) -> None:
    """W5, KPI formulas: 外返 gets the care of 内返 from its first round on, and the board says so."""
    job, hand = await a_comeback(shop), await shop.a_hand()
    shown = await on_the_board(shop, job)
    assert (shown["comeback_of"], shown["rework_no"]) == ((await shop.read(job))["job"]["comeback_of"], 0)
    assert shown["comeback_of"] is not None
    await shop.finished(hand, job)
    assert [each["kind"] for each in (await shop.read(job))["activities"]] == ["rework"]
    clocked = [(kind, body["kind"]) for kind, body in await shop.said(job) if kind.startswith("labour_")]
    assert clocked == [("labour_clocked_on", "rework"), ("labour_clocked_off", "rework")]
    assert await code_of(shop, job, "inspections", shop.inspector, PASSED) == "team_check_missing"
    await shop.team_checked(job)
    assert await code_of(shop, job, "inspections", shop.inspector, {"result": "passed"}) == "road_test_needed"
    assert (await shop.done(job, "inspections", shop.inspector, PASSED))["state"] == "completed"


async def test_the_board_shows_the_manager_what_waits_for_their_word_by_the_store_s_own_policy(shop: Shop) -> None:
    """W5: how often a job may fail is the store's to say, and the newest word counts."""
    hand, policy = await shop.a_hand(), f"/stores/{shop.store}/policies/quality"
    job = await shop.finished(hand)
    await shop.done(job, "inspections", shop.inspector, FAILED)
    for most, waits in ((1, False), (0, True), (2, False)):
        value = {"value": {"most_reworks": most}}
        answer = await shop.client.post(policy, json=value, headers=shop.by("store_manager") | once())
        assert answer.status_code == 201, answer.text
        assert (await on_the_board(shop, job))["needs_release"] is waits


def test_concerns_of_one_group_begin_alike() -> None:
    assert {concern_group(code) for code in ("BRK-NOISE", "brk_pull", "Brk")} == {"brk"}


async def test_the_same_concern_of_the_car_within_thirty_days_is_a_comeback(shop: Shop) -> None:
    """W5, KPI formulas: 外返; another concern, another car, the same order or a longer time is none."""
    car = new_id()

    async def job_of(concern: str, vehicle: UUID = car, ro: UUID | None = None) -> UUID:
        line = a_labour_line().model_copy(update={"concern_code": concern})
        version = 2 if ro is None else 3
        said = authorised_work(line, ro_id=ro or new_id(), vehicle_id=vehicle, version=version)
        await shop.hear(said.model_copy(update={"opened_on": clock.now().date().isoformat()}))
        return line.ro_line_id

    async def earlier(job: UUID) -> str | None:
        found: str | None = (await shop.read(job))["job"]["comeback_of"]
        return found

    ro = new_id()
    first = a_labour_line().model_copy(update={"concern_code": "BRK-NOISE"})
    await shop.hear(authorised_work(first, ro_id=ro, vehicle_id=car))
    await shop.done(await shop.finished(await shop.a_hand(), first.ro_line_id), "inspections", shop.inspector, PASSED)
    with clock.stopped(NOON + timedelta(days=29)):
        again = await job_of("BRK-PULL")
        assert await earlier(again) == str(first.ro_line_id)
        assert await earlier(await job_of("AC-WEAK")) is None
        assert await earlier(await job_of("BRK-NOISE", new_id())) is None
        assert await earlier(await job_of("BRK-NOISE", ro=ro)) is None
        await shop.team_checked(await shop.finished(await shop.a_hand(), again))
        await shop.done(again, "inspections", shop.inspector, PASSED)
    [completed] = [body for kind, body in await shop.said(again) if kind == "job_completed"]
    assert completed["comeback_of"] == str(first.ro_line_id)
    with clock.stopped(NOON + timedelta(days=60)):
        assert await earlier(await job_of("BRK-NOISE")) is None
