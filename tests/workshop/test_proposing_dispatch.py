"""Which job next, by whom, where: the proposal, what it says of itself, and what passes over it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.workshop.domain.dispatching import (
    DispatchTerms,
    FreeBay,
    FreeHand,
    Proposed,
    ReadyJob,
    Seen,
    propose,
    skipped,
)
from shared.database import new_id
from tests.workshop.words import NOON

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
    """W2: in words, Chinese and English."""
    [only] = proposed([a_job(50, customer_waits=True)], [a_hand()], [BAY])
    assert only.because == (
        "promised in 50 minutes, 30 minutes of work; the customer waits; T1 has the skill engine, is free, 0 minutes of work"
        " before it; bay B1 (lift) is free and fits."
    )
    assert only.because_zh == (
        "距承诺交车 50 分钟，需工时 30 分钟；客户在店等候；T1 具备技能 engine，空闲，之前还有 0 分钟的工作；"
        "工位 B1（lift）空闲且适用。"
    )
    begun = a_job(-5, urgent=True, begun_by="T1")
    [late] = proposed([begun], [a_hand(works=True, queue_minutes=20)], [BAY])
    words = ("已超过承诺时间 5 分钟", "已开工，需要重新安排工位", "加急", "T1 熟悉这辆车，正在做其他工单")
    assert [word for word in words if word not in late.because_zh] == []


B2 = FreeBay("B2", "lift")


def test_taking_a_job_before_one_that_the_same_hands_could_have_is_skipping_it() -> None:
    """W2: no cherry-picking; a job for other hands and another bay is not skipped."""
    first, second = a_job(60), a_job(90)
    one, other = a_hand("T1"), a_hand("T2")
    two = proposed([first, second], [one, other], [BAY, B2])
    assert skipped(two, second.id, other, B2, [BAY, B2]) == []
    assert [each.job for each in skipped(two, second.id, one, B2, [BAY, B2])] == [first]
    assert [each.job for each in skipped(two, second.id, other, BAY, [BAY, B2])] == [first]
    assert skipped(two, first.id, one, BAY, [BAY, B2]) == []


def test_giving_a_job_to_who_was_meant_for_nothing_skips_what_they_could_have_done() -> None:
    """W2: somebody who has enough to do, or is not there yet, takes the pleasant job while an older one waits."""
    first, second = a_job(60), a_job(90, skill="paint", op_code="PAINT-X")
    busy = a_hand("T1", skills=frozenset({"engine", "paint"}), waiting_jobs=3)
    one, two = found = proposed([first, second], [busy], [BAY])
    assert (one.why_not, two.why_not) == ("nobody_free", "nobody_free")
    assert [each.job for each in skipped(found, second.id, busy, BAY, [BAY])] == [first]
    painter = a_hand("T2", skills=frozenset({"paint"}))
    assert skipped(found, second.id, painter, BAY, [BAY]) == [], "who cannot do it does not skip it"
    paint = FreeBay("P1", "paint", frozenset({"paint"}))
    assert skipped(found, second.id, busy, paint, [paint]) == [], "nor does who has nowhere to do it"
    assert [each.job for each in skipped(found, second.id, busy, paint, [paint, BAY])] == [first]


def test_taking_the_bay_that_an_earlier_job_waits_for_is_skipping_it() -> None:
    """W2: of two jobs for one bay the first was meant to have it, the second is next in turn."""
    first, second, third = a_job(60), a_job(70), a_job(90)
    found = proposed([first, second, third], [a_hand("T1"), a_hand("T2")], [BAY])
    assert [each.why_not for each in found] == [None, "no_free_bay", "no_free_bay"]
    newcomer = a_hand("T3", skills=frozenset({"engine"}))
    assert [each.job for each in skipped(found, third.id, newcomer, BAY, [BAY])] == [first, second]


def test_work_that_was_begun_goes_back_to_who_knows_the_car() -> None:
    """W2: in its turn among all others; to who began it even if they have enough to do, else to whom it fits best."""
    ready, begun = a_job(60), a_job(90, begun_by="T1")
    busy, idle = a_hand("T1", works=True, queue_minutes=200, waiting_jobs=3), a_hand("T2")
    one, two = proposed([begun, ready], [busy, idle], [BAY, B2])
    assert ((one.job, one.technician), (two.job, two.technician)) == ((ready, "T2"), (begun, "T1"))
    assert "it was begun and needs a bay again" in two.because
    assert "T1 knows the car, works on another job, 200 minutes of work before it" in two.because
    [other] = proposed([begun], [idle], [BAY])
    assert other.technician == "T2" and "T2 has the skill engine" in other.because
    [uncertified] = proposed([begun], [replace(busy, lacks=frozenset({"ENGINE-OIL"})), idle], [BAY])
    assert uncertified.technician == "T2"
    assert [each.job for each in skipped([one, two], ready.id, busy, BAY, [BAY, B2])] == []
    later = a_job(120)
    three = proposed([begun, later], [busy, idle], [BAY])
    assert [each.job for each in skipped(three, later.id, idle, BAY, [BAY])] == [begun]


def test_a_member_whose_tier_counts_comes_first_and_it_is_said_why() -> None:
    """W2, R14: by a weight of the house."""
    other, theirs = a_job(100), a_job(120, tier="VIP")
    one, _ = proposed([other, theirs], [a_hand()], [BAY])
    assert one.job == theirs
    assert "the customer is a VIP member" in one.because
    [plain] = proposed([a_job(tier="silver")], [a_hand()], [BAY])
    assert "member" not in plain.because
    alike = DispatchTerms(tier_minutes={"vip": 0})
    assert propose([other, theirs], [a_hand()], [BAY], alike, NOON)[0].job == other


def test_a_proposal_is_the_same_when_only_the_minute_has_turned() -> None:
    """What it says in words differs, what is to be done does not."""
    job, hand = a_job(), a_hand()
    [one] = proposed([job], [hand], [BAY])
    [later] = propose([job], [hand], [BAY], TERMS, NOON + timedelta(minutes=2))
    seen = Seen(job.id, "T1", "B1", job_version=1)
    assert one.because != later.because and seen.lost(later) is None
    [newer] = proposed([replace(job, version=2)], [hand], [BAY])
    assert (seen.lost(newer), replace(seen, job_version=None).lost(newer)) == ("job_changed", None)
    [elsewhere] = proposed([job], [hand], [B2])
    [nobody] = proposed([job], [], [BAY])
    assert [seen.lost(now) for now in (elsewhere, nobody, None)] == [
        "proposed_otherwise", "nobody_with_the_skill", "no_longer_ready",
    ]  # fmt: skip


SKILLS = ("engine", "paint", "body")
JOBS = st.lists(
    st.builds(
        lambda skill, promised, waits, minutes, begun_by: a_job(
            promised, skill=skill, op_code=f"{skill}-x", customer_waits=waits, minutes=minutes, begun_by=begun_by
        ),
        st.sampled_from(SKILLS), st.integers(-200, 600), st.booleans(), st.integers(5, 240),
        st.sampled_from([None, None, "T1", "T2", "T3"]),
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
    for each in found:
        if each.technician and each.bay:
            as_proposed = skipped(found, each.job.id, people[each.technician], places[each.bay], bays)
            assert as_proposed == [], "who does as proposed skips nobody"


@given(luck=st.randoms(use_true_random=False))
def test_over_a_day_work_is_spread_evenly(luck: Any) -> None:
    """W2: the busiest never has more than one job more than the idlest."""
    load = dict.fromkeys(("T1", "T2", "T3"), 0)
    for _ in range(20):
        job = a_job(minutes=luck.randint(10, 60))
        [one] = proposed([job], [a_hand(code, queue_minutes=minutes) for code, minutes in load.items()], [BAY])
        load[one.technician or ""] += job.minutes
    assert max(load.values()) - min(load.values()) <= 60
