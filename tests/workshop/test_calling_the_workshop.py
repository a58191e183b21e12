"""The workshop through its HTTP door."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.workshop.queries.board import MOST_JOBS
from shared.database import new_id
from shared.events import About, catalogue
from tests.callers import called_by, once, seen
from tests.workshop.shop import Shop
from tests.workshop.words import (
    CAUSE,
    CORRECTION,
    NOON,
    a_labour_line,
    a_part_line,
    an_identity,
    authorised_work,
    backordered,
    reserved,
)


async def _said(shop: Shop, job: UUID) -> list[tuple[str, int, dict[str, Any]]]:
    """Type, version and body of what was announced about a job; every body fits its published class."""
    async with shop.database.hearing() as session:
        rows = await session.execute(
            text("SELECT type, version, body FROM outbox WHERE subject = :job ORDER BY version"), {"job": job}
        )
        return [(kind, version, _fitting(kind, body)) for kind, version, body in rows]


def _fitting(kind: str, body: str) -> dict[str, Any]:
    about = About(subject=new_id(), version=1, store_id="sh01")
    return catalogue()[kind].heard(about, body).model_dump()


async def test_a_job_goes_from_dispatch_to_completion(shop: Shop) -> None:
    """W2, W3, W5.  With a pause, a failed check and rework; every step and every fact is kept."""
    hand, job = await shop.a_hand(), await shop.a_ready_job(parts=1)
    ready = (await shop.read(job))["job"]["version"]
    await shop.dispatched(hand, job)
    await shop.done(job, "start", hand.headers)
    assert (await shop.done(job, "pause", hand.headers, {"reason": "wait_tool"}))["hold_reason"] == "wait_tool"
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    failed = {"result": "failed", "fault_code": "LEAK", "fault_owner": "technician", "remark": "Drips when warm."}
    assert (await shop.done(job, "inspections", shop.inspector, failed))["rework_no"] == 1
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": "Seal replaced again.", "self_checked": True})
    await shop.team_checked(job)
    completed = await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})
    assert (completed["state"], completed["version"], completed["correction"]) == (
        "completed",
        ready + 14,
        "Seal replaced again.",
    )

    detail = await shop.read(job)
    assert [each["kind"] for each in detail["activities"]] == ["job", "job", "rework"]
    assert [each["ended_because"] for each in detail["activities"]] == ["wait_tool", "finished", "finished"]
    assert [each["result"] for each in detail["inspections"]] == ["failed", "passed"]
    assert [part["stage"] for part in detail["parts"]] == ["issued"]
    said = await _said(shop, job)
    on, off = "labour_clocked_on", "labour_clocked_off"
    assert [kind.split(".")[1] for kind, _, _ in said] == [
        "job_dispatched", on, off, on, off, "quality_failed", on, off, "quality_passed",
        "job_completed",
    ]  # fmt: skip
    versions = [version for _, version, _ in said]
    assert versions == sorted(set(versions))
    assert said[-1][2]["reworks"] == 1
    assert [share["technician"] for share in said[-1][2]["shares"]] == [hand.technician]


async def test_every_step_of_a_job_is_in_its_history(shop: Shop) -> None:
    job = await shop.finished(await shop.a_hand())
    async with shop.database.hearing() as session:
        rows = await session.execute(
            text("SELECT seq, from_state, to_state FROM state_history WHERE subject_id = :job ORDER BY seq"), {"job": job}
        )
        history = [tuple(row) for row in rows]
    states = [None, "waiting", "ready", "dispatched", "working", "finished"]
    assert history == [(seq, *step) for seq, step in enumerate(pairwise(states), 1)]


async def test_only_the_technician_of_a_job_works_on_it(shop: Shop) -> None:
    """W3.  Somebody else's job looks like an unknown one, also before it was given to anybody."""
    hand, other, job = await shop.a_hand(), await shop.a_hand(), await shop.a_ready_job()
    assert (await shop.ask(job, "start", hand.headers)).status_code == 404
    await shop.dispatched(hand, job)
    assert (await shop.ask(job, "start", other.headers)).status_code == 404
    assert (await shop.ask(job, "start", shop.dispatcher)).status_code == 403
    await shop.done(job, "start", hand.headers)
    assert (await shop.ask(job, "pause", other.headers, {"reason": "break"})).status_code == 404
    words = {"cause": CAUSE, "correction": CORRECTION, "self_checked": True}
    assert (await shop.ask(job, "finish", other.headers, words)).status_code == 404


@pytest.mark.parametrize("role", ["dispatcher", "store_manager"])
async def test_a_job_whose_technician_has_left_is_stopped_and_goes_to_another(shop: Shop, role: str) -> None:
    """W2, W3.  The clock stops, the bay stays with the car, and who left is free when they come back."""
    gone, other, reason = await shop.a_hand(), await shop.a_hand(), {"reason": "end_of_shift"}
    job, chief = await shop.dispatched(gone), shop.by(role, subject="lin.wei")
    assert (await shop.ask(job, "interruption", chief, reason)).json()["code"] == "illegal_transition"
    await shop.done(job, "start", gone.headers)
    assert (await shop.ask(job, "interruption", other.headers, reason)).status_code == 403
    stopped = await shop.done(job, "interruption", chief, reason)
    assert (stopped["state"], stopped["hold_reason"], stopped["bay"]) == ("paused", "end_of_shift", gone.bay)
    assert [each["ended_because"] for each in (await shop.read(job))["activities"]] == ["end_of_shift"]
    await shop.done(job, "dispatch", shop.dispatcher, shop.given_to(other, gone.bay))
    await shop.done(job, "start", other.headers)
    await shop.done(await shop.dispatched(replace(gone, bay=other.bay)), "start", gone.headers)


async def test_a_part_that_becomes_short_moves_the_etag_of_its_job(shop: Shop) -> None:
    """W1.  A dispatcher who saw the part lying there is told to look again."""
    hand, ro, labour = await shop.a_hand(), new_id(), a_labour_line()
    line = a_part_line(labour.ro_line_id)
    await shop.hear(authorised_work(labour, line, ro_id=ro), reserved(line, ro))
    job = labour.ro_line_id
    etag = {"If-Match": (await shop.read(job))["etag"]}
    await shop.hear(backordered(line, ro, version=2))
    await shop.hear(reserved(line, ro, version=3))
    body = shop.given_to(hand)
    answer = await shop.client.post(f"/jobs/{job}/dispatch", json=body, headers=shop.dispatcher | once() | etag)
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


async def test_a_worker_who_may_also_inspect_does_not_inspect_own_work(shop: Shop) -> None:
    """W5."""
    hand = await shop.a_hand()
    job = await shop.finished(hand)
    both = shop.by("technician", "inspector", subject=hand.user)
    answer = await shop.ask(job, "inspections", both, {"result": "passed", "road_test_km": 3})
    assert (answer.status_code, answer.json()["code"]) == (409, "inspector_worked_on_it")
    assert (await shop.done(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3}))[
        "state"
    ] == "completed"


@pytest.mark.parametrize("body", [{"result": "failed"}, {"result": "passed", "fault_code": "LEAK"}])
async def test_a_failed_check_names_its_fault_and_a_passed_one_does_not(shop: Shop, body: dict[str, str]) -> None:
    """W5."""
    job = await shop.finished(await shop.a_hand())
    answer = await shop.ask(job, "inspections", shop.inspector, body)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "fault_code"])


async def test_finishing_needs_cause_and_correction(shop: Shop) -> None:
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    answer = await shop.ask(job, "finish", hand.headers, {"cause": "  "})
    assert answer.status_code == 422
    assert {tuple(error["loc"]) for error in answer.json()["errors"]} == {("body", "cause"), ("body", "correction")}


async def test_a_job_that_waits_for_parts_cannot_be_dispatched(shop: Shop) -> None:
    """W1.  Refused until the missing part was reserved."""
    hand, ro, labour = await shop.a_hand(), new_id(), a_labour_line()
    line = a_part_line(labour.ro_line_id)
    await shop.hear(backordered(line, ro), authorised_work(labour, line, ro_id=ro))
    body = shop.given_to(hand)
    answer = await shop.ask(labour.ro_line_id, "dispatch", shop.dispatcher, body)
    assert (answer.status_code, answer.json()["parameters"]["state"]) == (409, "waiting")
    await shop.hear(reserved(line, ro, version=2))
    await shop.done(labour.ro_line_id, "dispatch", shop.dispatcher, body)


@pytest.mark.parametrize("field", ["technician", "bay"])
async def test_a_job_is_given_only_to_who_and_what_the_store_has(shop: Shop, field: str) -> None:
    hand, job = await shop.a_hand(), await shop.a_ready_job()
    body = shop.given_to(hand) | {field: "NOBODY"}
    answer = await shop.ask(job, "dispatch", shop.dispatcher, body)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", field])


async def test_a_code_is_given_once(shop: Shop) -> None:
    hand = await shop.a_hand()
    twin = {"code": hand.technician, "name": "吴刚", "user": "wu.gang", "skills": ["engine"]}
    answer = await shop.client.post("/stores/sh01/technicians", json=twin, headers=shop.dispatcher | once())
    assert (answer.status_code, answer.json()["code"]) == (409, "technician_code_taken")
    answer = await shop.client.post(
        "/stores/sh01/bays", json={"code": hand.bay, "kind": "lift"}, headers=shop.dispatcher | once()
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "bay_code_taken")


async def test_a_line_that_is_not_authorised_is_no_job(shop: Shop) -> None:
    """Parts spoke of it first: nobody sees it, nobody works on it."""
    line = a_part_line(new_id())
    await shop.hear(reserved(line, new_id()))
    at = f"/jobs/{line.labour_line_id}"
    assert (await shop.client.get(at, headers=shop.dispatcher)).status_code == 404
    body = {"technician": "T1", "bay": "B1"}
    answer = await shop.client.post(f"{at}/dispatch", json=body, headers=shop.dispatcher | once() | seen(0))
    assert answer.status_code == 404


async def test_another_stores_workshop_looks_unknown(shop: Shop) -> None:
    job, there = await shop.a_ready_job(), called_by("dispatcher", store="sh02")
    assert (await shop.client.get(f"/jobs/{job}", headers=there)).status_code == 404
    for path in ("board", "technicians", "bays"):
        assert (await shop.client.get(f"/stores/sh01/{path}", headers=there)).status_code == 404
    listed = await shop.client.get("/jobs", params={"store_id": "sh01"}, headers=there)
    assert (listed.status_code, listed.json()["items"]) == (200, [])


async def test_jobs_are_listed_by_order_and_state_in_pages(shop: Shop) -> None:
    ro, lines = new_id(), [a_labour_line() for _ in range(3)]
    await shop.hear(authorised_work(*lines, ro_id=ro))
    asked = {"ro_id": str(ro), "state": "ready", "limit": "2"}
    first = (await shop.client.get("/jobs", params=asked, headers=shop.dispatcher)).json()
    second = (await shop.client.get("/jobs", params=asked | {"cursor": first["next"]}, headers=shop.dispatcher)).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert ids == sorted((str(line.ro_line_id) for line in lines), reverse=True)
    assert second["next"] is None
    waiting = await shop.client.get("/jobs", params=asked | {"state": "waiting"}, headers=shop.dispatcher)
    assert waiting.json()["items"] == []


async def test_the_board_shows_the_whole_workshop(shop: Shop) -> None:
    """W1.  Cars, bays, who works where, due when, who is free, and which cars stand still for which parts until when."""
    here = replace(shop, store="hz01")
    hand, idle = await here.a_hand(), await here.a_hand()
    at_work = await here.dispatched(hand)
    await here.done(at_work, "start", hand.headers)
    ro, vehicle, labour = new_id(), new_id(), a_labour_line()
    line = a_part_line(labour.ro_line_id)
    short = backordered(line, ro, store_id="hz01")
    await here.hear(
        authorised_work(labour, line, ro_id=ro, vehicle_id=vehicle, store_id="hz01"),
        short,
        an_identity(vehicle, plate="浙A88888"),
    )
    board = (await here.client.get("/stores/hz01/board", headers=here.by("technician"))).json()
    assert (board["cars"], board["cars_waiting_for_parts"], board["free_technicians"]) == (2, 1, 1)
    jobs = {job["job_id"]: job for job in board["jobs"]}
    working, waiting = jobs[str(at_work)], jobs[str(labour.ro_line_id)]
    assert (working["state"], working["technician"], working["bay"]) == ("working", hand.technician, hand.bay)
    assert (waiting["state"], waiting["plate"], waiting["parts_missing"]) == ("waiting", "浙A88888", 1)
    assert short.eta_at is not None
    assert waiting["parts_eta_at"].startswith(short.eta_at.strftime("%Y-%m-%dT%H:%M"))
    assert {bay["code"]: bay["job_id"] for bay in board["bays"]} == {hand.bay: str(at_work), idle.bay: None}
    assert {each["code"]: each["job_id"] for each in board["technicians"]} == {
        hand.technician: str(at_work),
        idle.technician: None,
    }


async def test_the_board_counts_what_it_does_not_show(shop: Shop) -> None:
    """W1.  More jobs than the board lists: the least urgent car still counts, and its bay is not free."""
    here = replace(shop, store="ny01")
    hand, soon, late = await here.a_hand(), NOON, NOON + timedelta(days=9)
    crowd = [a_labour_line(op_code="WASH") for _ in range(MOST_JOBS)]
    at_work, short = a_labour_line(), a_labour_line()
    await here.hear(
        authorised_work(*crowd, store_id="ny01", promised_at=soon),
        authorised_work(at_work, store_id="ny01", promised_at=late),
        authorised_work(short, a_part_line(short.ro_line_id), store_id="ny01", promised_at=late),
    )
    await here.dispatched(hand, at_work.ro_line_id)
    board = (await here.client.get("/stores/ny01/board", headers=here.by("technician"))).json()
    assert not {str(at_work.ro_line_id), str(short.ro_line_id)} & {job["job_id"] for job in board["jobs"]}
    assert (board["cars"], board["cars_waiting_for_parts"]) == (3, 1)
    assert [(bay["code"], bay["kind"], bay["job_id"]) for bay in board["bays"]] == [(hand.bay, "lift", str(at_work.ro_line_id))]
