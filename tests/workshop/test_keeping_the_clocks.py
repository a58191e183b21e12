"""Technicians' clocks: a gapless day, one activity at a time, forgotten clocks, helpers, corrections."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import select, text

from services.workshop.domain import Shift, Technician
from services.workshop.inbox import DUE
from shared import clock
from shared.cause import Cause, bound
from shared.database import new_id
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.shared.turnstile import until
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    SKILL,
    a_cancellation,
    a_delivery,
    a_labour_line,
    a_part_line,
    authorised_work,
    issued,
)

MORNING = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
"""Eight o'clock in Shanghai."""
Json = dict[str, Any]


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    with clock.stopped(MORNING):
        yield


def after(minutes: float) -> datetime:
    return MORNING + timedelta(minutes=minutes)


async def ask(shop: Shop, hand: Hand, action: str, body: Json | None = None) -> httpx.Response:
    path = f"/stores/{shop.store}/technicians/{hand.technician}/{action}"
    return await shop.client.post(path, json=body, headers=hand.headers | once())


async def does(shop: Shop, hand: Hand, action: str, body: Json | None = None) -> Json:
    answer = await ask(shop, hand, action, body)
    assert answer.is_success, answer.text
    return dict(answer.json())


async def day_of(shop: Shop, hand: Hand) -> list[tuple[str, float, float | None]]:
    """What the technician did: (kind, from, until) in minutes since the morning."""
    path = f"/stores/{shop.store}/technicians/{hand.technician}/day?day=2026-11-23"
    answer = await shop.client.get(path, headers=hand.headers)
    assert answer.status_code == 200, answer.text

    def minutes(moment: str | None) -> float | None:
        return None if moment is None else (datetime.fromisoformat(moment) - MORNING).total_seconds() / 60

    return [
        (activity["kind"], minutes(activity["started_at"]) or 0.0, minutes(activity["ended_at"]))
        for attendance in answer.json()["items"]
        for activity in attendance["activities"]
    ]


async def correct(shop: Shop, attendance: Json, body: Json, subject: str = "zhao.lei", action: str = "corrections") -> Any:
    path = f"/attendances/{attendance['id']}"
    supervisor = shop.by("store_manager", subject=subject)
    seen = await shop.client.get(path, headers=supervisor)
    headers = supervisor | once() | {"If-Match": seen.headers["etag"]}
    return await shop.client.post(f"{path}/{action}", json=body, headers=headers)


def told(*stretches: tuple[str, float, float], job: UUID | None = None) -> list[Json]:
    return [
        {"kind": kind, "started_at": after(begins).isoformat(), "ended_at": after(ends).isoformat()}
        | ({"job_id": str(job)} if job and kind in ("job", "rework") else {})
        for kind, begins, ends in stretches
    ]


async def rostered(shop: Shop, hand: Hand, begins: float, ends: float) -> None:
    async with shop.database.hearing.begin() as session:
        with bound(Cause(new_id(), "user:test", (shop.store,))):
            session.add(
                Shift(store_id=shop.store, technician=hand.technician, day=MORNING.date(), begins_at=after(begins),
                      ends_at=after(ends), break_minutes=60, version=1)
            )  # fmt: skip


async def due(shop: Shop) -> None:
    await nothing_is_due("workshop", shop.database, named(DUE, "close_forgotten"))


async def said(shop: Shop, job: UUID) -> list[tuple[str, Json]]:
    """Clock facts of a job, oldest first."""
    async with shop.database.hearing() as session:
        query = text(
            "SELECT type, body::jsonb FROM outbox WHERE subject = :id AND type LIKE '%labour_clocked%' ORDER BY version"
        )
        return [(type.split(".")[1], body) for type, body in await session.execute(query, {"id": job})]


async def test_a_technician_s_day_has_no_gap(shop: Shop) -> None:
    """W3, C7: coming starts idle time; each activity ends the one before at the same instant; leaving ends the last."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await does(shop, hand, "clock-in")
    steps: list[tuple[float, str, Json | None]] = [
        (10, "start", None), (40, "pause", {"reason": "wait_parts"}), (55, "start", None), (70, "finish", None),
    ]  # fmt: skip
    for minute, action, body in steps:
        with clock.stopped(after(minute)):
            finish = {"cause": CAUSE, "correction": CORRECTION, "self_checked": True} if action == "finish" else body
            await shop.done(job, action, hand.headers, finish)
    with clock.stopped(after(80)):
        await does(shop, hand, "activities", {"kind": "training"})
    with clock.stopped(after(100)):
        left = await does(shop, hand, "clock-out")
    assert await day_of(shop, hand) == [
        ("idle", 0, 10), ("job", 10, 40), ("wait_parts", 40, 55), ("job", 55, 70), ("idle", 70, 80), ("training", 80, 100),
    ]  # fmt: skip
    assert (left["left_at"], left["flagged"]) == (after(100).isoformat().replace("+00:00", "Z"), False)
    facts = await said(shop, job)
    assert [kind for kind, _ in facts] == ["labour_clocked_on", "labour_clocked_off"] * 2
    assert [body["worked_minutes"] for kind, body in facts if kind == "labour_clocked_off"] == [30, 15]


async def test_who_begins_a_job_without_having_clocked_in_is_at_work_from_then_on(shop: Shop) -> None:
    """W3: nothing is lost because somebody forgot the first click."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    with clock.stopped(after(5)):
        await shop.done(job, "start", hand.headers)
    assert await day_of(shop, hand) == [("idle", 5, 5), ("job", 5, None)]
    assert (await ask(shop, hand, "clock-in")).json()["code"] == "clocked_in"


@pytest.mark.parametrize(("action", "body"), [("clock-out", None), ("activities", {"kind": "break"}), ("overtime", None)])
async def test_who_is_not_there_turns_no_clock(shop: Shop, action: str, body: Json | None) -> None:
    hand = await shop.a_hand()
    told_body = {"until_at": after(600).isoformat()} if action == "overtime" else body
    assert (await ask(shop, hand, action, told_body)).json()["code"] == "not_clocked_in"


async def test_who_is_at_work_under_another_code_begins_nothing(shop: Shop) -> None:
    """W3, C7: one person has one time, whatever codes and stores they have."""
    hand, stranger = await shop.a_hand(), await shop.a_hand()
    code = f"X{hand.technician}"
    body = {"code": code, "name": "陈杰", "user": hand.user, "skills": [SKILL]}
    answer = await shop.client.post(f"/stores/{shop.store}/technicians", json=body, headers=shop.dispatcher | once())
    assert answer.status_code == 201
    again = replace(hand, technician=code)
    await does(shop, hand, "clock-in")
    job = await shop.dispatched(again)
    assert (await shop.ask(job, "start", hand.headers)).json()["code"] == "clocked_in_elsewhere"
    for action, told in (("clock-in", None), ("activities", {"kind": "break"}), ("clock-out", None)):
        assert (await ask(shop, again, action, told)).json()["code"] == "clocked_in_elsewhere"
    await does(shop, hand, "clock-out")
    await shop.done(job, "start", hand.headers)
    assert (await does(shop, again, "clock-out"))["left_at"] is not None
    assert (await ask(shop, stranger, "clock-out")).json()["code"] == "not_clocked_in"


async def test_who_stops_takes_the_technicians_of_the_job_in_their_order(shop: Shop) -> None:
    """M6: so that nobody who gives work to two of them waits for who waits for them."""
    one, other = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(one)
    await shop.done(job, "helpers", shop.dispatcher, {"technician": other.technician})
    for hand in (one, other):
        await shop.done(job, "start", hand.headers)
    row = select(Technician).where(Technician.store_id == shop.store)
    async with shop.database.hearing.begin() as dispatcher:
        both = row.where(Technician.code.in_((one.technician, other.technician))).order_by(Technician.id)
        lower, upper = (await dispatcher.scalars(both)).all()
        await dispatcher.execute(row.where(Technician.id == lower.id).with_for_update())
        stopping = asyncio.create_task(does(shop, one if upper.code == one.technician else other, "clock-out"))

        async def waits() -> bool:
            query = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
            async with shop.database.hearing() as session:
                return bool(await session.scalar(text(query)))

        await until(waits)
        got = await dispatcher.scalars(row.where(Technician.id == upper.id).with_for_update(nowait=True))
        assert got.one().code == upper.code
    assert (await stopping)["left_at"] is not None


async def test_only_the_technician_turns_their_clock(shop: Shop) -> None:
    """Somebody else's clock does not exist for them."""
    hand, other = await shop.a_hand(), await shop.a_hand()
    path = f"/stores/{shop.store}/technicians/{hand.technician}/clock-in"
    assert (await shop.client.post(path, headers=other.headers | once())).status_code == 404
    mine = f"/stores/{shop.store}/technicians/{hand.technician}/day"
    assert (await shop.client.get(mine, headers=other.headers)).status_code == 404


@pytest.mark.parametrize(("action", "body", "reason"), [
    ("activities", {"kind": "break"}, "break"), ("activities", {"kind": "shop"}, "other"), ("clock-out", None, "end_of_shift"),
])  # fmt: skip
async def test_a_break_or_going_home_stops_the_job(shop: Shop, action: str, body: Json | None, reason: str) -> None:
    """W3, C7."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    with clock.stopped(after(30)):
        await does(shop, hand, action, body)
    stands = (await shop.read(job))["job"]
    assert (stands["state"], stands["hold_reason"]) == ("paused", reason)
    assert [body["because"] for kind, body in await said(shop, job) if kind == "labour_clocked_off"] == [reason]


async def test_a_forgotten_clock_is_closed_at_the_end_of_the_shift_and_flagged(shop: Shop) -> None:
    """W3, C7: not at the moment at which somebody notices."""
    hand = await shop.a_hand()
    await rostered(shop, hand, 0, 540)
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    with clock.stopped(after(560)):
        await due(shop)
    assert (await shop.read(job))["job"]["state"] == "working", "within the grace"
    with clock.stopped(after(700)):
        await due(shop)
        await due(shop)
    assert await day_of(shop, hand) == [("idle", 0, 0), ("job", 0, 540)]
    stands = (await shop.read(job))["job"]
    assert (stands["state"], stands["hold_reason"]) == ("paused", "end_of_shift")
    [off] = [body for kind, body in await said(shop, job) if kind == "labour_clocked_off"]
    assert (off["automatically"], off["worked_minutes"]) == (True, 540)
    path = f"/stores/{shop.store}/attendances?flagged=true&technician={hand.technician}"
    [flagged] = (await shop.client.get(path, headers=shop.dispatcher)).json()["items"]
    with clock.stopped(after(800)):
        answer = await correct(shop, flagged, {"reason": "Asked her."})
    assert (answer.status_code, answer.json()["flagged"]) == (200, False)
    assert (await shop.client.get(path, headers=shop.dispatcher)).json()["items"] == []


async def test_announced_overtime_and_a_longer_shift_keep_the_clock_running(shop: Shop) -> None:
    """W3."""
    long, longer = await shop.a_hand(), await shop.a_hand()
    for hand in (long, longer):
        await rostered(shop, hand, 0, 540)
        await does(shop, hand, "clock-in")
    with clock.stopped(after(500)):
        await does(shop, long, "overtime", {"until_at": after(660).isoformat()})
        await rostered(shop, longer, 540, 660)
    with clock.stopped(after(600)):
        await due(shop)
    assert [(await day_of(shop, hand))[-1][2] for hand in (long, longer)] == [None, None]
    with clock.stopped(after(720)):
        await due(shop)
    assert [(await day_of(shop, hand))[-1][2] for hand in (long, longer)] == [660, 660]


async def test_without_a_shift_a_clock_is_forgotten_at_midnight(shop: Shop) -> None:
    """In the store's zone."""
    hand = await shop.a_hand()
    await does(shop, hand, "clock-in")
    midnight = datetime(2026, 11, 24, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.stopped(midnight - timedelta(minutes=1)):
        await due(shop)
        assert (await day_of(shop, hand))[-1][2] is None
    with clock.stopped(midnight + timedelta(hours=3)):
        await due(shop)
    assert (await day_of(shop, hand))[-1][2] == (midnight - MORNING).total_seconds() / 60


async def test_several_technicians_work_on_one_job(shop: Shop) -> None:
    """W3, C7: each by an own clock; it stands when the last one stops; the sold hours are shared by time or agreement."""
    first, second, third = await shop.a_hand(), await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(first)
    assert (await shop.ask(job, "start", second.headers)).status_code == 404, "nobody asked her"
    await shop.done(job, "helpers", shop.dispatcher, {"technician": second.technician})
    await shop.done(job, "helpers", shop.dispatcher, {"technician": third.technician, "share_bp": 1_000})
    assert (await shop.ask(job, "helpers", shop.dispatcher, {"technician": first.technician})).json()["code"] == "works_on_it"
    shown = (await shop.read(job))["helpers"]
    assert [(each["technician"], each["share_bp"]) for each in shown] == [(second.technician, None), (third.technician, 1_000)]
    for hand in (first, second, third):
        await shop.done(job, "start", hand.headers)
    with clock.stopped(after(20)):
        assert (await shop.done(job, "pause", first.headers, {"reason": "break"}))["state"] == "working"
        answer = await shop.ask(job, "pause", first.headers, {"reason": "break"})
        assert answer.json()["code"] == "not_working_on_it"
        busy = await shop.ask(job, f"helpers/{second.technician}/release", shop.dispatcher)
        assert busy.json()["code"] == "technician_busy"
    with clock.stopped(after(60)):
        assert (await shop.done(job, "pause", second.headers, {"reason": "break"}))["state"] == "working"
        await shop.done(job, f"helpers/{second.technician}/release", shop.dispatcher)
        assert (await shop.ask(job, "start", second.headers)).status_code == 404
        assert (
            await shop.ask(job, "finish", third.headers, {"cause": "a", "correction": "b", "self_checked": True})
        ).status_code == 404
    with clock.stopped(after(80)):
        await shop.done(job, "finish", first.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    assert (await day_of(shop, third))[-1] == ("idle", 80, None)
    await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})
    async with shop.database.hearing() as session:
        query = text("SELECT body::jsonb -> 'shares' FROM outbox WHERE subject = :id AND type LIKE '%job_completed%'")
        shares = await session.scalar(query, {"id": job})
    by_code = {share["technician"]: (share["worked_minutes"], share["share_bp"]) for share in shares}
    assert by_code == {first.technician: (20, 2_250), second.technician: (60, 6_750), third.technician: (80, 1_000)}


async def test_what_was_agreed_last_with_a_helper_counts(shop: Shop) -> None:
    """W3: a share that was mistyped is put right by asking again; who was released without having worked is owed nothing."""
    first, second, third = await shop.a_hand(), await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(first)

    async def helps(hand: Hand, share_bp: int | None) -> int:
        asked = {"technician": hand.technician, "share_bp": share_bp}
        return (await shop.ask(job, "helpers", shop.dispatcher, asked)).status_code

    async def released(hand: Hand) -> None:
        await shop.done(job, f"helpers/{hand.technician}/release", shop.dispatcher)

    assert await helps(second, 9_000) == 200
    assert await helps(third, 2_000) == 409, "nothing would be left"
    await released(second)
    assert await helps(third, 2_000) == 200
    assert await helps(second, 8_000) == 409
    await released(third)
    assert await helps(second, 500) == 200
    await shop.done(job, "start", second.headers)
    with clock.stopped(after(30)):
        await shop.done(job, "pause", second.headers, {"reason": "break"})
        await released(second)
        assert await helps(third, 9_500) == 409, "she has worked for it"
        assert await helps(second, None) == 200
        await shop.done(job, "start", first.headers)
    with clock.stopped(after(60)):
        await shop.done(job, "finish", first.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})
    async with shop.database.hearing() as session:
        query = text("SELECT body::jsonb -> 'shares' FROM outbox WHERE subject = :id AND type LIKE '%job_completed%'")
        shares = await session.scalar(query, {"id": job})
    assert {share["technician"]: share["share_bp"] for share in shares} == {first.technician: 5_000, second.technician: 5_000}


async def test_no_clock_runs_for_work_that_is_not_agreed_or_a_car_that_is_gone(shop: Shop) -> None:
    """W3, C6, C7."""
    hand, ro, labour, other = await shop.a_hand(), new_id(), a_labour_line(), a_labour_line()
    await shop.hear(authorised_work(labour, other, ro_id=ro, version=2))
    job = await shop.dispatched(hand, labour.ro_line_id)
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "pause", hand.headers, {"reason": "break"})
    await shop.hear(authorised_work(other, ro_id=ro, version=3))
    assert (await shop.ask(job, "start", hand.headers)).json()["code"] == "line_withdrawn"
    await shop.hear(authorised_work(labour, other, ro_id=ro, version=4))
    await shop.done(job, "start", hand.headers)
    with clock.stopped(after(15)):
        await shop.hear(a_delivery(ro, version=9))
    assert (await day_of(shop, hand))[-2:] == [("job", 0, 15), ("idle", 15, None)]
    assert (await shop.ask(job, "start", hand.headers)).status_code == 404, "it is nobody's job any more"


async def test_some_work_needs_a_certificate(shop: Shop) -> None:
    """W3, C7: which, is the store's own policy; it counts on the day of its last validity."""
    hand = await shop.a_hand("hv")
    job = await shop.dispatched(hand, await shop.a_ready_job(op_code="HV-BATTERY"))
    value = {"by_skill": {"hv": ["high_voltage"]}, "by_op_code": {"HV-BATTERY": ["lifting"]}}
    policy = f"/stores/{shop.store}/policies/certificates"
    answer = await shop.client.post(policy, json={"value": value}, headers=shop.by("store_manager") | once())
    assert answer.status_code == 201, answer.text
    refused = await shop.ask(job, "start", hand.headers)
    assert (refused.json()["code"], refused.json()["parameters"]) == (
        "certificate_missing", {"certificates": ["high_voltage", "lifting"]},
    )  # fmt: skip
    able = {
        "code": f"{hand.technician}-2", "name": "陈杰", "user": f"{hand.user}.2", "skills": ["hv"],
        "certificates": [{"code": "high_voltage", "valid_until_on": "2026-11-23"}, {"code": "lifting"}],
    }  # fmt: skip
    await shop.client.post(f"/stores/{shop.store}/technicians", json=able, headers=shop.dispatcher | once())
    await shop.done(job, "dispatch", shop.dispatcher, shop.given_to(hand) | {"technician": str(able["code"])})

    def she() -> dict[str, str]:
        return shop.by("technician", subject=str(able["user"]))

    with clock.stopped(after(24 * 60)):
        assert (await shop.ask(job, "start", she())).json()["parameters"] == {"certificates": ["high_voltage"]}
    assert (await shop.done(job, "start", she()))["state"] == "working"


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


async def test_one_person_clocks_in_once_however_often_they_click(shop: Shop) -> None:
    """W3: whatever runs at once."""
    hand = await shop.a_hand()
    answers = await asyncio.gather(*(ask(shop, hand, "clock-in") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await day_of(shop, hand)) == 1
