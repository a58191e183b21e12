"""The workshop tells the front desk before, during and after the repair what it found, does and did."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from shared import clock
from shared.database import new_id
from tests.callers import called_by, once
from tests.workshop.shop import Hand, Headers, Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work

FOUND, DOING, ADVICE = "前制动片还剩 2 毫米", "正在等制动盘到货", "一万公里后请再检查后制动片"


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


async def write(shop: Shop, job: UUID, by: Headers, stage: str, words: str) -> httpx.Response:
    return await shop.ask(job, "notes", by, {"stage": stage, "words": words})


async def told(shop: Shop, job: UUID, *roles: str) -> list[dict[str, Any]]:
    ro = (await shop.read(job))["job"]["ro_id"]
    answer = await shop.client.get(f"/repair-orders/{ro}/notes", headers=shop.by(*roles))
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_the_front_desk_reads_what_was_found_is_done_and_was_done(shop: Shop) -> None:
    """W6: in plain words, oldest first; what others hear is that a note is there."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    written = await write(shop, job, hand.headers, "before", FOUND)
    assert written.status_code == 201, written.text
    await write(shop, job, hand.headers, "during", DOING)
    assert (await write(shop, job, shop.inspector, "after", ADVICE)).status_code == 201
    notes = await told(shop, job, "advisor")
    assert [(note["stage"], note["words"], note["written_by"]) for note in notes] == [
        ("before", FOUND, hand.user), ("during", DOING, hand.user), ("after", ADVICE, "xu.lan"),
    ]  # fmt: skip
    [(kind, said)] = await shop.said(UUID(written.json()["id"]))
    assert (kind, said["stage"], said["job_id"]) == ("note_written", "before", str(job))
    assert FOUND not in str(said)


async def test_only_who_works_on_or_inspects_the_car_writes_and_only_who_answers_for_it_reads(shop: Shop) -> None:
    """W6, K10."""
    hand, stranger = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(hand)
    assert (await write(shop, job, stranger.headers, "before", FOUND)).status_code == 404
    assert (await write(shop, job, shop.by("advisor"), "before", FOUND)).status_code == 403
    ro = (await shop.read(job))["job"]["ro_id"]
    for role in ("dispatcher", "parts_clerk", "cashier"):
        assert (await shop.client.get(f"/repair-orders/{ro}/notes", headers=shop.by(role))).status_code == 403
    foreign = await shop.client.get(f"/repair-orders/{ro}/notes", headers=called_by("advisor", store="sh02"))
    assert foreign.status_code == 404
    assert (await told(shop, job, "advisor")) == []


@pytest.mark.parametrize("change", ["UPDATE notes SET words = 'x'", "DELETE FROM notes"])
async def test_a_note_stays_as_it_was_written(shop: Shop, change: str) -> None:
    """W6."""
    hand = await shop.a_hand()
    await write(shop, await shop.dispatched(hand), hand.headers, "before", FOUND)
    with pytest.raises(Exception, match="permission denied"):
        async with shop.database.hearing.begin() as session:
            await session.execute(text(change))


@pytest.fixture
async def strict(shop: Shop) -> AsyncIterator[Shop]:
    """Another store, that wants to be told at the end."""
    by = called_by("store_manager", store="sh02")
    for value in ({"after_needed": True}, {}):
        answer = await shop.client.post("/stores/sh02/policies/notes", json={"value": value}, headers=by | once())
        assert answer.status_code == 201, answer.text
        if value:
            yield Shop(shop.client, shop.database, "sh02")


async def finished(shop: Shop, jobs: int) -> tuple[Hand, list[UUID]]:
    """An order's jobs, all done and waiting for the inspector."""
    lines = [a_labour_line() for _ in range(jobs)]
    await shop.hear(authorised_work(*lines, ro_id=new_id(), store_id=shop.store))
    hand = None
    for line in lines:
        hand = await shop.a_hand()
        await shop.finished(hand, line.ro_line_id)
    assert hand
    return hand, [line.ro_line_id for line in lines]


async def passing(shop: Shop, job: UUID) -> httpx.Response:
    return await shop.ask(job, "inspections", shop.inspector, {"result": "passed", "road_test_km": 3})


async def test_the_last_job_passes_only_when_somebody_wrote_what_was_done(strict: Shop) -> None:
    """W6: where the store says so, and not before the last one."""
    with clock.stopped(NOON + timedelta(minutes=1)):
        hand, (one, two) = await finished(strict, 2)
        assert (await passing(strict, one)).status_code == 200
        refused = await passing(strict, two)
        assert (refused.status_code, refused.json()["code"]) == (409, "after_note_missing")
        await write(strict, two, hand.headers, "during", DOING)
        assert (await passing(strict, two)).json()["code"] == "after_note_missing"
        failed = {"result": "failed", "fault_code": "noise", "fault_owner": "technician"}
        await strict.done(two, "inspections", strict.inspector, failed)
        await strict.done(two, "start", hand.headers)
        await strict.done(two, "finish", hand.headers, {"cause": "x", "correction": "y", "self_checked": True})
        await strict.team_checked(two)
        await write(strict, two, hand.headers, "after", ADVICE)
        assert (await passing(strict, two)).status_code == 200


async def test_of_the_last_two_jobs_inspected_at_once_one_waits_for_the_note(strict: Shop) -> None:
    """W6, reliability: nobody slips through beside the other."""
    with clock.stopped(NOON + timedelta(minutes=1)):
        _, jobs = await finished(strict, 2)
        answers = await asyncio.gather(*(passing(strict, job) for job in jobs))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_elsewhere_nobody_waits_for_a_note(shop: Shop) -> None:
    _, (job,) = await finished(shop, 1)
    assert (await passing(shop, job)).status_code == 200


async def test_who_checked_a_job_is_known_afterwards(shop: Shop) -> None:
    """W5: each level of each round, and the inspections; the fact tells it, too."""
    hand, (job,) = await finished(shop, 1)
    failed = {"result": "failed", "fault_code": "noise", "fault_owner": "technician"}
    await shop.done(job, "inspections", shop.inspector, failed)
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "finish", hand.headers, {"cause": "x", "correction": "y", "self_checked": True})
    colleague = await shop.a_hand()
    await shop.done(job, "team-check", colleague.headers, {"remark": "试过了"})
    assert (await passing(shop, job)).status_code == 200
    answer = (await shop.client.get(f"/jobs/{job}/checks", headers=shop.by("advisor"))).json()
    assert [(each["rework_no"], each["level"], each["checked_by"], each["remark"]) for each in answer["checks"]] == [
        (0, "self", hand.user, None), (1, "self", hand.user, None), (1, "team", colleague.user, "试过了"),
    ]  # fmt: skip
    assert [(each["rework_no"], each["result"]) for each in answer["inspections"]] == [(0, "failed"), (1, "passed")]
    [passed] = [body for kind, body in await shop.said(job) if kind == "quality_passed"]
    assert passed["checks"] == {"self": hand.user, "team": colleague.user}
    unknown = await shop.client.get(f"/jobs/{new_id()}/checks", headers=shop.by("advisor"))
    assert unknown.status_code == 404
