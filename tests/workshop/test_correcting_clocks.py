"""How it really was: clocks corrected and split by a supervisor, the original kept."""

from typing import Any
from uuid import UUID

import pytest

from shared import clock
from shared.database import new_id
from tests.callers import once
from tests.workshop.shop import Hand, Shop
from tests.workshop.turning import Json, after, correct, day_of, does, told
from tests.workshop.words import (
    a_cancellation,
    a_delivery,
    a_labour_line,
    a_part_line,
    authorised_work,
    issued,
)

pytestmark = pytest.mark.usefixtures("morning")


async def test_a_supervisor_corrects_a_clock_and_what_it_said_is_kept(shop: Shop) -> None:
    """W3, C7, C16: who, why, before and after; nobody corrects their own."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await does(shop, hand, "clock-in")
    with clock.stopped(after(10)):
        await shop.done(job, "start", hand.headers)
    body = {
        "reason": "She helped at the till.",
        "activities": told(("idle", 0, 10), ("job", 10, 50), ("shop", 50, 90), job=job),
    }
    with clock.stopped(after(95)):
        day = f"/stores/{shop.store}/technicians/{hand.technician}/day"
        [there] = (await shop.client.get(day, headers=hand.headers)).json()["items"]
        assert (await correct(shop, there, body)).json()["code"] == "still_at_work"
        await does(shop, hand, "clock-out")
        assert (await correct(shop, there, body, subject=hand.user)).json()["code"] == "own_clock"
        answer = await correct(shop, there, body)
    assert answer.status_code == 200, answer.text
    assert await day_of(shop, hand) == [("idle", 0, 10), ("job", 10, 50), ("shop", 50, 90)]
    kept = (await shop.client.get(f"/attendances/{there['id']}", headers=shop.dispatcher)).json()
    [correction] = kept["corrections"]
    assert (correction["corrected_by"], correction["reason"]) == ("zhao.lei", "She helped at the till.")
    assert [activity["kind"] for activity in kept["superseded"]] == ["idle", "job"]
    assert [(stretch["kind"], stretch["ended_at"]) for stretch in correction["before"]] == [
        ("idle", after(10).isoformat()), ("job", after(95).isoformat()),
    ]  # fmt: skip
    [fact] = [fact for kind, fact in await shop.said(job) if kind == "labour_corrected"]
    assert (fact["technician"], fact["correction_id"]) == (hand.technician, correction["id"])
    assert fact["superseded"] == [each["id"] for each in kept["superseded"] if each["kind"] == "job"]
    assert [(each["kind"], each["worked_minutes"]) for each in fact["activities"]] == [("job", 40)]
    assert "till" not in str(fact)


@pytest.mark.parametrize(("stretches", "code"), [
    ([("idle", 0, 10), ("shop", 11, 20)], "gap_or_overlap"), ([("idle", 0, 10), ("shop", 9, 20)], "gap_or_overlap"),
    ([("idle", 20, 10)], "no_time"), ([("idle", 0, 500)], "in_the_future"), ([("job", 0, 10)], "job_missing"),
    ([("idle", -30, 10)], "overlaps"),
])  # fmt: skip
async def test_a_correction_that_cannot_be_true_is_refused(
    shop: Shop, stretches: list[tuple[str, float, float]], code: str
) -> None:
    """W3: and nothing has changed."""
    hand = await shop.a_hand()
    with clock.stopped(after(-40)):
        await does(shop, hand, "clock-in")
    with clock.stopped(after(-20)):
        await does(shop, hand, "clock-out")
    there = await does(shop, hand, "clock-in")
    with clock.stopped(after(60)):
        await does(shop, hand, "clock-out")
        before = await day_of(shop, hand)
        answer = await correct(shop, there, {"reason": "?", "activities": told(*stretches)})
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, code), answer.text
        assert await day_of(shop, hand) == before


async def a_day(shop: Shop, hand: Hand) -> Json:
    """Forty minutes at work at which no clock ran for any job."""
    there = await does(shop, hand, "clock-in")
    with clock.stopped(after(40)):
        await does(shop, hand, "clock-out")
    return there


async def booking(shop: Shop, hand: Hand, job: UUID, *, until: float = 40) -> Any:
    """A supervisor says that a technician worked on the job from the tenth minute on."""
    there = await a_day(shop, hand)
    stretches = told(("idle", 0, 10), ("job", 10, until), ("idle", until, 200), job=job)
    with clock.stopped(after(300)):
        return await correct(shop, there, {"reason": "Forgot to clock on.", "activities": stretches})


async def test_a_correction_books_work_that_the_clock_would_have_run_for(shop: Shop) -> None:
    """W3, C7: also when the job is done and the car has gone home since."""
    hand, helper, ro, line = await shop.a_hand(), await shop.a_hand(), new_id(), a_labour_line()
    await shop.hear(authorised_work(line, ro_id=ro))
    job = await shop.finished(hand, line.ro_line_id)
    await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})
    await shop.hear(a_delivery(ro).model_copy(update={"delivered_at": after(100)}))
    assert (await booking(shop, helper, job)).status_code == 200
    assert ("job", 10, 40) in await day_of(shop, helper)
    late = await booking(shop, await shop.a_hand(), job, until=101)
    assert (late.status_code, late.json()["code"]) == (409, "car_not_here")


async def test_a_correction_books_nothing_on_what_is_no_job_yet(shop: Shop) -> None:
    """W3, C7: a labour line of which only its parts spoke so far."""
    line = a_labour_line()
    await shop.hear(issued(a_part_line(line.ro_line_id), new_id()))
    answer = await booking(shop, await shop.a_hand(), line.ro_line_id)
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, "unknown_job"), answer.text


async def test_a_correction_books_no_withdrawn_work_and_none_for_a_car_that_left(shop: Shop) -> None:
    """W3, C7."""
    kept, withdrawn, ro, gone = a_labour_line(), a_labour_line(), new_id(), new_id()
    await shop.hear(authorised_work(kept, withdrawn, ro_id=ro), authorised_work(kept, ro_id=ro, version=3))
    off = a_labour_line()
    await shop.hear(authorised_work(off, ro_id=gone), a_cancellation(gone))
    for job, code in ((withdrawn, "line_withdrawn"), (off, "car_not_here")):
        answer = await booking(shop, await shop.a_hand(), job.ro_line_id)
        assert (answer.status_code, answer.json()["code"]) == (409, code), answer.text


async def test_a_correction_books_no_work_without_the_certificate_that_it_needed(shop: Shop) -> None:
    """W3, C7: by the policy of that time."""
    policy, skill = f"/stores/{shop.store}/policies/certificates", f"c{new_id().hex[-8:]}"
    value = {"value": {"by_skill": {skill: ["lifting"]}}}
    answer = await shop.client.post(policy, json=value, headers=shop.by("store_manager") | once())
    assert answer.status_code == 201, answer.text
    job = await shop.a_ready_job(op_code=f"{skill.upper()}-1")
    refused = await booking(shop, await shop.a_hand(skill), job)
    assert (refused.json()["code"], refused.json()["parameters"]) == ("certificate_missing", {"certificates": ["lifting"]})


async def test_a_correction_books_no_work_on_a_job_that_the_technician_inspected(shop: Shop) -> None:
    """W5, C7: who inspects has never worked on it, not afterwards either."""
    inspecting = await shop.a_hand()
    job = await shop.finished(await shop.a_hand())
    both = shop.by("technician", "inspector", subject=inspecting.user)
    await shop.done(job, "inspections", both, {"result": "passed", "road_test_km": 3})
    answer = await booking(shop, inspecting, job)
    assert (answer.status_code, answer.json()["code"]) == (409, "inspector_worked_on_it"), answer.text
    assert await day_of(shop, inspecting) == [("idle", 0, 40)]


async def test_what_the_clock_itself_said_can_be_confirmed_and_cut_whatever_became_of_the_job(shop: Shop) -> None:
    """W3: the customer went without the work on which the clock had run."""
    hand, ro, line = await shop.a_hand(), new_id(), a_labour_line()
    await shop.hear(authorised_work(line, ro_id=ro))
    job = await shop.dispatched(hand, line.ro_line_id)
    await shop.done(job, "start", hand.headers)
    with clock.stopped(after(40)):
        await shop.hear(a_cancellation(ro))
        left = await does(shop, hand, "clock-out")
        for body in ({}, {"activities": told(("job", 0, 30), ("shop", 30, 40), job=job)}):
            answer = await correct(shop, left, {"reason": "Asked her."} | body)
            assert answer.status_code == 200, answer.text
            left = dict(answer.json())


async def test_time_on_one_job_is_split_over_the_jobs_of_the_car(shop: Shop) -> None:
    """W3, C7: one technician on several lines only so; the parts last exactly as long as the whole."""
    hand, ro = await shop.a_hand(), new_id()
    oil, filters, other = a_labour_line(), a_labour_line(), await shop.a_ready_job()
    await shop.hear(authorised_work(oil, filters, ro_id=ro))
    job = await shop.dispatched(hand, oil.ro_line_id)
    await shop.done(job, "start", hand.headers)
    with clock.stopped(after(40)):
        left = await does(shop, hand, "clock-out")
        worked = left["activities"][-1]
        split = f"activities/{worked['id']}/split"

        def shares(second: UUID, first_bp: int = 7_500) -> Json:
            parts = [(job, first_bp), (second, 2_500)]
            return {"reason": "Both at once.", "shares": [{"job_id": str(id), "share_bp": bp} for id, bp in parts]}

        wrong = await correct(shop, left, shares(other), action=split)
        assert wrong.json()["errors"][0]["type"] == "another_car"
        wrong = await correct(shop, left, shares(filters.ro_line_id, 7_400), action=split)
        assert wrong.json()["errors"][0]["type"] == "shares_not_whole"
        assert (await correct(shop, left, shares(filters.ro_line_id), action=split)).status_code == 200
        assert (await correct(shop, left, {"reason": "So it was."})).status_code == 200
    told_again = {
        id: [(len(body["superseded"]), body["activities"][0]["worked_minutes"])
             for kind, body in await shop.said(id) if kind == "labour_corrected"]
        for id in (job, filters.ro_line_id)
    }  # fmt: skip
    assert told_again == {job: [(1, 30)], filters.ro_line_id: [(0, 10)]}, "and nothing when the clock was right"
    assert await day_of(shop, hand) == [("idle", 0, 0), ("job", 0, 30), ("job", 30, 40)]
