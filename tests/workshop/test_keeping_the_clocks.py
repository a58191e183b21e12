"""Technicians' clocks: a gapless day, one activity at a time, forgotten clocks, helpers."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from services.workshop.domain import Technician
from shared import clock
from shared.database import new_id
from tests.callers import once
from tests.shared.turnstile import until
from tests.workshop.shop import Hand, Shop
from tests.workshop.turning import MORNING, Json, after, ask, correct, day_of, does, due, rostered, said
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    SKILL,
    a_delivery,
    a_labour_line,
    authorised_work,
)

pytestmark = pytest.mark.usefixtures("morning")


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


async def test_one_person_clocks_in_once_however_often_they_click(shop: Shop) -> None:
    """W3: whatever runs at once."""
    hand = await shop.a_hand()
    answers = await asyncio.gather(*(ask(shop, hand, "clock-in") for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert len(await day_of(shop, hand)) == 1
