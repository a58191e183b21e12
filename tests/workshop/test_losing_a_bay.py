"""A lift breaks, or is maintained: what becomes of the work in the bay, and of what was meant for it."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from services.workshop.domain import Dispatch, Job, JobHand, Outage
from services.workshop.domain.states import IN_A_BAY
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from shared.events import About
from shared.events.reception import LineDecision, SupplementDecided
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.workshop.roster import Json, facts_of, id_of, listed, made, post
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import (
    NOON,
    a_labour_line,
    a_lending,
    a_part_line,
    a_taking_back,
    authorised_work,
    backordered,
    reserved,
)

BROKEN = {"reason": "The lift does not rise."}


async def breaks(shop: Shop, hand: Hand, **fields: object) -> Json:
    return await made(shop, f"/bays/{await id_of(shop, 'bays', hand.bay)}/outages", BROKEN | fields, version=1)


async def state_of(shop: Shop, job: UUID) -> Json:
    return dict((await shop.read(job))["job"])


async def test_what_was_given_out_and_not_begun_goes_back_to_the_dispatcher(shop: Shop) -> None:
    """W7: without technician and bay, with the reason; helpers are free; it is said."""
    hand, helper = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "helpers", shop.dispatcher, {"technician": helper.technician})
    taken = await breaks(shop, hand)
    assert taken["jobs"] == [{"job_id": str(job), "became": "set_back"}]
    now = await state_of(shop, job)
    assert [now[name] for name in ("state", "technician", "bay", "hold_reason")] == ["ready", None, None, "bay_out_of_order"]
    [fact] = await facts_of(shop, job, "job_set_back")
    assert (fact["ro_id"], fact["reason_code"]) == (now["ro_id"], "bay_out_of_order")
    async with shop.database.hearing() as session:
        assert None not in (await session.scalars(select(JobHand.left_at).where(JobHand.job_id == job))).all()
    await shop.dispatched(await shop.a_hand(), job)
    assert (await state_of(shop, job))["hold_reason"] is None


async def test_work_in_the_bay_is_paused_for_want_of_a_tool(shop: Shop) -> None:
    """W7, W3: the technician's clock stops; nobody goes on there, but elsewhere."""
    hand, elsewhere = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    taken = await breaks(shop, hand)
    assert taken["jobs"] == [{"job_id": str(job), "became": "paused"}]
    now = await state_of(shop, job)
    assert [now[name] for name in ("state", "technician", "bay", "hold_reason")] == [
        "paused", hand.technician, hand.bay, "wait_tool",
    ]  # fmt: skip
    [off] = await facts_of(shop, job, "labour_clocked_off")
    assert off["because"] == "wait_tool"
    answer = await shop.ask(job, "start", hand.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "bay_out_of_order")
    await shop.done(job, "dispatch", shop.dispatcher, shop.given_to(hand, elsewhere.bay))
    await shop.done(job, "start", hand.headers)


@pytest.fixture
async def elsewhere(shop: Shop) -> AsyncIterator[Shop]:
    """A store in which nobody else leaves cars."""
    with clock.stopped(NOON):
        other = replace(shop, store="sh02")
        await other.empty()
        yield other


async def proposed(shop: Shop, job: UUID) -> Json | None:
    lines = await listed(shop, f"/stores/{shop.store}/dispatch-proposal")
    return next((line for line in lines if line["job_id"] == str(job)), None)


async def accepted(shop: Shop, line: Json) -> Json:
    seen = {"job_id": line["job_id"], "job_version": line["version"], "technician": line["technician"], "bay": line["bay"]}
    return await made(shop, f"/stores/{shop.store}/dispatch-proposal/acceptance", {"seen": [seen]})


async def test_work_whose_bay_broke_is_proposed_again_to_who_began_it(elsewhere: Shop) -> None:
    """W2, W7: the dispatcher is told, and accepting gives it a bay; what could go on where it stands is not proposed."""
    shop = elsewhere
    hand, other = await shop.a_hand("axle"), await shop.a_hand("axle")
    job = await shop.dispatched(hand, await shop.a_job_of("axle", clock.now() + timedelta(hours=3)))
    await shop.done(job, "start", hand.headers)
    taken = await breaks(shop, hand)
    line = await proposed(shop, job)
    assert line and (line["technician"], line["begun_by"]) == (hand.technician, hand.technician)
    assert line["bay"] not in (None, hand.bay) and f"{hand.technician} knows the car" in line["because"]
    await made(shop, f"/outages/{taken['outage']['id']}/end", version=1)
    assert await proposed(shop, job) is None
    await breaks(shop, hand)
    later = await shop.a_job_of("axle", clock.now() + timedelta(hours=5))
    refused = await shop.ask(later, "dispatch", shop.dispatcher, {"technician": hand.technician, "bay": other.bay})
    assert refused.json()["code"] == "reason_needed"
    assert str(job) in {each["job_id"] for each in refused.json()["parameters"]["skipped"]}
    now = await proposed(shop, job)
    assert now
    given = await accepted(shop, now)
    assert [(each["id"], each["technician"], each["bay"]) for each in given["items"]] == [
        (str(job), hand.technician, now["bay"])
    ]  # fmt: skip
    await shop.done(job, "start", hand.headers)


async def test_begun_work_is_proposed_to_another_when_who_began_it_is_not_there(elsewhere: Shop) -> None:
    """W2: as the proposal says so, taking it from them needs no reason; from whom it was taken is kept."""
    shop = elsewhere
    hand, other = await shop.a_hand("hub"), await shop.a_hand("hub")
    job = await shop.dispatched(hand, await shop.a_job_of("hub", clock.now() + timedelta(hours=3)))
    await shop.done(job, "start", hand.headers)
    await breaks(shop, hand)
    now = clock.now()
    away = {"from_at": (now - timedelta(hours=1)).isoformat(), "until_at": (now + timedelta(hours=8)).isoformat()}
    await made(shop, f"/stores/{shop.store}/absences", {"technician": hand.technician, "kind": "sick", **away})
    clock_out = f"/stores/{shop.store}/technicians/{hand.technician}/clock-out"
    assert (await shop.client.post(clock_out, json={}, headers=hand.headers | once())).is_success
    line = await proposed(shop, job)
    assert line and (line["technician"], line["begun_by"]) == (other.technician, hand.technician)
    assert [each["technician"] for each in (await accepted(shop, line))["items"]] == [other.technician]
    async with shop.database.hearing() as session:
        taken = select(Dispatch.taken_from).where(Dispatch.job_id == job).order_by(Dispatch.id.desc())
        assert (await session.scalars(taken)).first() == hand.technician


async def test_work_that_failed_its_check_and_stands_in_no_bay_is_proposed_again(elsewhere: Shop) -> None:
    """W2, W5: half of it is to be done anew."""
    shop = elsewhere
    hand = await shop.a_hand("seat")
    job = await shop.finished(hand, await shop.a_job_of("seat", clock.now() + timedelta(hours=3), hours_milli=2_000))
    await shop.done(job, "leaving-bay", shop.dispatcher)
    failed = {"result": "failed", "fault_code": "LOOSE", "fault_owner": "technician"}
    await shop.done(job, "inspections", shop.inspector, failed)
    line = await proposed(shop, job)
    assert line and line["technician"] == hand.technician and "60 minutes of work" in line["because"]


async def test_begun_work_that_still_waits_or_whose_car_is_away_is_not_proposed(shop: Shop) -> None:
    """W1, W2: for its parts, for what the customer says of a finding, for the car."""
    ro, labour, hand = new_id(), a_labour_line(), await shop.a_hand()
    part, job = a_part_line(labour.ro_line_id), labour.ro_line_id
    await shop.hear(authorised_work(labour, part, ro_id=ro), reserved(part, ro))
    await shop.dispatched(hand, job)
    await shop.done(job, "start", hand.headers)
    finding = {"kind": "part", "part_no": "GREASE", "quantity_milli": 100, "severity": "advice", "finding": "dry"}
    raised = await shop.ask(job, "supplements", hand.headers, {"lines": [finding]})
    assert raised.status_code == 201, raised.text
    await shop.done(job, "pause", hand.headers, {"reason": "wait_approval"})
    await shop.done(job, "leaving-bay", shop.dispatcher)
    assert await proposed(shop, job) is None, "the customer is asked"
    answer = SupplementDecided(
        about=About(subject=UUID(raised.json()["id"]), version=3, store_id=shop.store, correlation=ro), ro_id=ro, job_id=job,
        decisions=[LineDecision(line_id=new_id(), decision="declined")], approved_fen=0, channel="phone",
        decided_at=clock.now() + timedelta(seconds=1),
    )  # fmt: skip
    await shop.hear(answer)
    assert await proposed(shop, job) is not None
    await shop.hear(backordered(part, ro, version=2))
    assert await proposed(shop, job) is None, "the part is missing"
    await shop.hear(reserved(part, ro, version=3))
    assert await proposed(shop, job) is not None
    await shop.hear(a_lending(ro, version=5))
    assert await proposed(shop, job) is None, "its customer drives the car"
    await shop.hear(a_taking_back(ro, version=6))
    assert await proposed(shop, job) is not None
    await shop.hear(authorised_work(a_labour_line(), ro_id=ro, version=7))
    assert await proposed(shop, job) is None, "the customer does not want it any more"


async def test_a_finished_car_stays_where_it_stands(shop: Shop) -> None:
    hand = await shop.a_hand()
    job = await shop.finished(hand)
    assert (await breaks(shop, hand))["jobs"] == [{"job_id": str(job), "became": "stands"}]
    assert (await state_of(shop, job))["state"] == "finished"
    await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})


async def test_nothing_is_given_out_to_a_bay_that_is_out_of_order(shop: Shop) -> None:
    """W7: until it is in order again."""
    hand, job = await shop.a_hand(), await shop.a_ready_job()
    taken = await breaks(shop, hand)
    given = shop.given_to(hand)
    answer = await shop.ask(job, "dispatch", shop.dispatcher, given)
    assert (answer.status_code, answer.json()["code"]) == (409, "bay_out_of_order")
    lasting = await listed(shop, f"/stores/{shop.store}/outages", bay=hand.bay, lasting=True)
    assert [row["id"] for row in lasting] == [taken["outage"]["id"]]
    ended = await made(shop, f"/outages/{taken['outage']['id']}/end", version=1)
    assert ended["ended_at"] is not None
    again = await post(shop, f"/outages/{taken['outage']['id']}/end", version=ended["version"])
    assert (again.status_code, again.json()["code"]) == (409, "outage_ended")
    await shop.done(job, "dispatch", shop.dispatcher, given)
    assert await listed(shop, f"/stores/{shop.store}/outages", bay=hand.bay, lasting=True) == []


async def test_planned_maintenance_begins_by_due_work(shop: Shop) -> None:
    """W7: until then the bay is used; then what has not begun goes back."""
    hand, job = await shop.a_hand(), await shop.a_ready_job()
    from_at = clock.now() + timedelta(hours=1)
    times = {"from_at": from_at.isoformat(), "until_at": (from_at + timedelta(hours=2)).isoformat()}
    taken = await breaks(shop, hand, kind="maintenance", **times)
    assert taken["jobs"] == []
    await shop.dispatched(hand, job)

    async def begun() -> bool:
        await nothing_is_due("workshop", shop.database, named(DUE, "begin_outage"))
        async with shop.database.hearing() as session:
            return (await session.get_one(Outage, UUID(taken["outage"]["id"]))).begun_at is not None

    assert not await begun()
    assert (await state_of(shop, job))["state"] == "dispatched"
    with clock.stopped(from_at):
        assert await begun()
    assert (await state_of(shop, job))["state"] == "ready"


async def test_an_outage_that_was_given_up_never_begins(shop: Shop) -> None:
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    from_at = clock.now() + timedelta(hours=1)
    taken = await breaks(shop, hand, kind="maintenance", from_at=from_at.isoformat())
    await made(shop, f"/outages/{taken['outage']['id']}/end", version=1)
    with clock.stopped(from_at + timedelta(hours=1)):
        await nothing_is_due("workshop", shop.database, named(DUE, "begin_outage"))
    assert (await state_of(shop, job))["state"] == "dispatched"


async def test_an_outage_that_lasts_longer_than_expected_lasts_until_somebody_ends_it(shop: Shop) -> None:
    hand, job = await shop.a_hand(), await shop.a_ready_job()
    until_at = clock.now() + timedelta(hours=1)
    await breaks(shop, hand, until_at=until_at.isoformat())
    with clock.stopped(until_at + timedelta(hours=1)):
        answer = await shop.ask(job, "dispatch", shop.dispatcher, shop.given_to(hand))
    assert answer.json()["code"] == "bay_out_of_order"


async def test_an_outage_that_cannot_be_meant_is_refused(shop: Shop) -> None:
    hand = await shop.a_hand()
    path = f"/bays/{await id_of(shop, 'bays', hand.bay)}/outages"
    past = (clock.now() - timedelta(hours=1)).isoformat()
    unknown = {"equipment_id": "01a1ff00-0000-7000-8000-000000000000"}
    for fields, code in (({"until_at": past}, "range_wrong"), (unknown, "unknown_equipment")):
        answer = await post(shop, path, BROKEN | fields, version=1)
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, code)
    assert (await post(shop, "/bays/01a1ff00-0000-7000-8000-000000000000/outages", BROKEN, version=1)).status_code == 404


async def test_dispatch_and_outage_at_once_leave_no_job_in_a_broken_bay(shop: Shop) -> None:
    """W7, whatever runs at once: refused, or set back."""
    for _ in range(6):
        hand, job = await shop.a_hand(), await shop.a_ready_job()
        path = f"/bays/{await id_of(shop, 'bays', hand.bay)}/outages"
        given, broken = await asyncio.gather(
            shop.ask(job, "dispatch", shop.dispatcher, shop.given_to(hand)),
            post(shop, path, BROKEN, version=1),
        )
        if broken.status_code == 409:
            assert broken.json()["code"] == "bay_turned"
            broken = await post(shop, path, BROKEN, version=1)
        assert broken.status_code == 201, broken.text
        assert given.status_code == 200 or given.json()["code"] == "bay_out_of_order"
        async with shop.database.hearing() as session:
            there = select(Job.id).where(Job.bay == hand.bay, Job.state.in_(IN_A_BAY))
            assert (await session.scalars(there)).all() == []
