"""Late before it is late: when jobs will be done, in the hours of who does them, against what was promised."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.workshop.domain import Shift
from services.workshop.domain.promises import Outlook, PromiseTerms, predict
from services.workshop.domain.working_hours import hours_of, hours_of_any
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from shared.events import About
from shared.events.reception import PromiseChanged
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.workshop.roster import ZONE, a_plan, id_of, made
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work

Json = dict[str, Any]


@pytest.fixture
def elsewhere(shop: Shop) -> Iterator[Shop]:
    """A store of which nobody else knows."""
    with clock.stopped(NOON):
        yield replace(shop, store="sh02")


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


def test_what_comes_first_is_done_while_the_parts_are_on_their_way() -> None:
    """W1: whichever of the two ends later holds the job up, not both one after the other."""
    known: Json = {"left_minutes": 30, "over": False, "has_technician": True, "parts_missing": True}
    for ahead, eta, hours in ((60, 3, 3.5), (240, 3, 4.5)):
        outlook = Outlook(**known, ahead_minutes=ahead, parts_eta_at=NOON + timedelta(hours=eta))
        _, _, done_at = predict(outlook, NOON + timedelta(hours=9), PromiseTerms(check_minutes=0), NOON)
        assert done_at == NOON + timedelta(hours=hours)


DAY = datetime(2027, 2, 5, tzinfo=ZONE)
"""A Friday."""


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """So many days after Friday."""
    return DAY + timedelta(days=day, hours=hour, minutes=minute)


def a_shift(day: int, begins: int = 8, ends: int = 17) -> Shift:
    """With an hour's break."""
    return Shift(technician="T1", begins_at=on(day, begins), ends_at=on(day, ends), break_minutes=60)


@pytest.mark.usefixtures("at_noon")
@pytest.mark.parametrize(("begins", "minutes", "done"), [
    (on(0, 9), 60, on(0, 10)), (on(0, 11), 120, on(0, 14)), (on(0, 16), 180, on(3, 10)), (on(0, 12, 10), 30, on(0, 13, 30)),
    (on(0, 18), 60, on(3, 9)), (on(1, 12), 8 * 60, on(3, 17)), (on(0, 18), 0, on(0, 18)), (on(3, 16), 120, on(4, 1)),
])  # fmt: skip
def test_a_job_is_done_in_the_hours_of_its_technician(begins: datetime, minutes: int, done: datetime) -> None:
    """W1, W2: the break in the middle, nights and Sundays do not count; what nobody has planned yet does."""
    hours = hours_of([a_shift(0), a_shift(3)], [], [], (on(4, 0), on(28, 0)))
    assert hours.after(begins, minutes) == done


@pytest.mark.usefixtures("at_noon")
def test_who_is_away_works_neither_then_nor_before_they_are_back() -> None:
    """W2: also where nothing is planned; and several work while any of them does."""
    away = (on(0, 10), on(3, 9))
    theirs = hours_of([a_shift(0), a_shift(3)], [(on(0, 17), on(0, 19))], [away], (on(4, 0), on(28, 0)))
    assert (theirs.after(on(0, 9), 60), theirs.after(on(0, 9), 61)) == (on(0, 10), on(3, 9, 1))
    ill = hours_of([], [], [(on(0, 0), on(40, 0))], (on(0, 0), on(28, 0)))
    assert ill.after(on(0, 9), 60) == on(40, 1)
    colleague = hours_of([a_shift(0, 13, 17)], [], [], (on(4, 0), on(28, 0)))
    assert hours_of_any([theirs, colleague]).after(on(0, 9), 90) == on(0, 13, 30)
    assert hours_of_any([]).after(on(0, 23), 120) == on(1, 1)


async def test_three_hours_of_work_an_hour_before_the_shift_ends_are_done_on_the_next_working_day(elsewhere: Shop) -> None:
    """W1, W2: late jobs are seen before they are late, also those that the night delays."""
    shop = elsewhere
    with clock.stopped(on(0, 16, 30)):
        hand = await shop.a_hand("panel")
        for day in (0, 3):
            body = a_plan(hand.technician, on(day, 0).date(), begins_minute=8 * 60 + 30, ends_minute=17 * 60 + 30)
            made = await shop.client.post(f"/stores/{shop.store}/shifts", json=body, headers=shop.dispatcher | once())
            assert made.status_code == 201, made.text
        job = await shop.dispatched(hand, await shop.a_job_of("panel", on(0, 22), hours_milli=3_000))
        await review(shop)
        [(_, said)] = await shop.said_of_promise(job)
        assert (said["level"], datetime.fromisoformat(said["predicted_at"])) == ("late", on(3, 10, 45))
        await shop.done(job, "start", hand.headers)
        path = f"/stores/{shop.store}/technicians/{hand.technician}/overtime"
        answer = await shop.client.post(path, json={"until_at": on(0, 21).isoformat()}, headers=hand.headers | once())
        assert answer.status_code == 200, answer.text
    with clock.stopped(on(0, 16, 36)):
        await review(shop)
        board = (await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)).json()
        [line] = [line for line in board["jobs"] if line["job_id"] == str(job)]
        assert (line["promise"], datetime.fromisoformat(line["predicted_at"])) == ("on_track", on(0, 19, 45))


async def test_a_job_that_nobody_has_is_done_while_anybody_works_who_could(elsewhere: Shop) -> None:
    """W1, W2: whoever begins tomorrow at eight."""
    shop = elsewhere
    with clock.stopped(on(7, 20)):
        hand = await shop.a_hand("sunroof")
        body = a_plan(hand.technician, on(8, 0).date())
        made = await shop.client.post(f"/stores/{shop.store}/shifts", json=body, headers=shop.dispatcher | once())
        assert made.status_code == 201, made.text
        job = await shop.a_job_of("sunroof", on(8, 8, 30), hours_milli=1_000)
        await review(shop)
        [(_, said)] = await shop.said_of_promise(job)
    assert (said["reason"], datetime.fromisoformat(said["predicted_at"])) == ("no_technician", on(8, 9, 15))


async def review(shop: Shop) -> None:
    await nothing_is_due("workshop", shop.database, named(DUE, "review_promise"))


async def at_work(shop: Shop, *skills: str) -> Hand:
    """Somebody with a bay who has come, whatever is planned for others."""
    hand = await shop.a_hand(*skills)
    clock_in = f"/stores/{shop.store}/technicians/{hand.technician}/clock-in"
    assert (await shop.client.post(clock_in, json={}, headers=hand.headers | once())).is_success
    return hand


async def predicted(shop: Shop, *jobs: UUID) -> list[tuple[str, float]]:
    """By job, how it stands and when it will be done, in hours after noon."""
    await review(shop)
    board = (await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)).json()
    lines = {UUID(line["job_id"]): line for line in board["jobs"]}
    ends = [datetime.fromisoformat(lines[job]["predicted_at"]) - NOON for job in jobs]
    return [(lines[job]["promise"], end / timedelta(hours=1)) for job, end in zip(jobs, ends, strict=True)]


async def test_ten_jobs_for_one_painter_are_not_all_done_in_the_next_hour(elsewhere: Shop) -> None:
    """W1, W2: what nobody has yet waits for what comes before it, of those who can do it; two do it in half the time."""
    shop = elsewhere
    await at_work(shop, "lacquer")
    jobs = [await shop.a_job_of("lacquer", NOON + timedelta(hours=4), hours_milli=1_000) for _ in range(10)]
    found = await predicted(shop, *jobs)
    assert [end for _, end in found] == [number + 1.25 for number in range(10)]
    assert [level for level, _ in found] == ["on_track"] * 3 + ["late"] * 7
    proposal = (await shop.client.get(f"/stores/{shop.store}/dispatch-proposal", headers=shop.dispatcher)).json()["items"]
    told = {UUID(line["job_id"]): line["predicted_at"] for line in proposal}
    assert datetime.fromisoformat(told[jobs[9]]) == NOON + timedelta(hours=10.25), "the dispatcher sees it beside the ranking"
    second = await at_work(shop, "lacquer")
    with clock.stopped(NOON + timedelta(minutes=6)):
        found = await predicted(shop, *jobs)
        assert [round(end * 60) - 6 for _, end in found] == [75, 75, 135, 135, 195, 195, 255, 255, 315, 315]
        await shop.done(jobs[9], "dispatch", shop.dispatcher, shop.given_to(second))
        await shop.done(jobs[9], "start", second.headers)
    with clock.stopped(NOON + timedelta(minutes=36)):
        found = await predicted(shop, *jobs[:4])
        assert [round(end * 60) - 36 for _, end in found] == [75, 105, 135, 165], "half an hour is left of the begun one"


async def test_work_for_which_somebody_lacks_the_certificate_does_not_count_on_them(elsewhere: Shop) -> None:
    """W2, C7."""
    shop = elsewhere
    able, _ = await at_work(shop, "cell"), await at_work(shop, "cell")
    technician = f"/technicians/{await id_of(shop, 'technicians', able.technician)}/certificates"
    await made(shop, technician, {"certificates": [{"code": "high_voltage"}]}, version=1)
    path, value = f"/stores/{shop.store}/policies/certificates", {"by_skill": {"cell": ["high_voltage"]}}
    await shop.client.post(path, json={"value": value}, headers=shop.by("store_manager") | once())
    try:
        jobs = [await shop.a_job_of("cell", NOON + timedelta(hours=4), hours_milli=1_000) for _ in range(3)]
        assert [end for _, end in await predicted(shop, *jobs)] == [1.25, 2.25, 3.25]
    finally:
        await shop.client.post(path, json={"value": {}}, headers=shop.by("store_manager") | once())


async def test_what_was_worked_on_a_job_is_not_waited_for_again(elsewhere: Shop) -> None:
    """W1: of two jobs with one promise the elder comes first; once it is begun, only what is left of it comes before."""
    shop = elsewhere
    hand = await at_work(shop, "gauge")
    bay = (await shop.a_hand()).bay
    first, second = [await shop.a_job_of("gauge", NOON + timedelta(hours=4), hours_milli=1_000) for _ in range(2)]
    await shop.dispatched(hand, first)
    await shop.done(second, "dispatch", shop.dispatcher, shop.given_to(hand, bay))
    assert [end for _, end in await predicted(shop, first, second)] == [1.25, 2.25]
    await shop.done(first, "start", hand.headers)
    with clock.stopped(NOON + timedelta(minutes=40)):
        assert [round(end * 60) for _, end in await predicted(shop, first, second)] == [75, 135]


async def test_a_promise_at_risk_is_said_once_for_each_level_and_shown_on_the_board(elsewhere: Shop) -> None:
    """W1, W2: the advisor calls the customer before the customer calls."""
    shop = elsewhere
    await at_work(shop, "glaze")
    job = await shop.a_job_of("glaze", NOON + timedelta(hours=2))

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
