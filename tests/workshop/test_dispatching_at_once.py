"""Whatever many people do at the same time, nobody works twice and no bay holds two cars."""

import asyncio

import httpx
from sqlalchemy import func, select

from services.workshop.domain import Activity, Job
from services.workshop.domain.states import IN_A_BAY
from tests.callers import once
from tests.workshop.shop import Shop

TOGETHER = 8


def _outcomes(answers: list[httpx.Response]) -> list[tuple[int, str]]:
    return sorted((answer.status_code, answer.json().get("code", "")) for answer in answers)


async def test_dispatchers_at_once_never_double_book_a_bay(shop: Shop) -> None:
    """W2, W7."""
    hands = [await shop.a_hand() for _ in range(TOGETHER)]
    jobs, bay = [await shop.a_ready_job() for _ in hands], hands[0].bay
    answers = await asyncio.gather(
        *(shop.ask(job, "dispatch", shop.dispatcher, shop.given_to(hand, bay)) for job, hand in zip(jobs, hands, strict=True))
    )
    assert _outcomes(answers) == [(200, "")] + [(409, "bay_occupied")] * (TOGETHER - 1)
    async with shop.database.hearing() as session:
        occupants = select(func.count()).where(Job.bay == bay, Job.state.in_(IN_A_BAY))
        assert await session.scalar(occupants) == 1


async def test_a_technician_who_starts_several_jobs_at_once_works_on_one(shop: Shop) -> None:
    """W3.  One open activity, whatever runs at once."""
    hands = [await shop.a_hand() for _ in range(TOGETHER)]
    one = hands[0]
    jobs = [await shop.a_ready_job() for _ in hands]
    for job, hand in zip(jobs, hands, strict=True):
        await shop.done(job, "dispatch", shop.dispatcher, shop.given_to(one, hand.bay))
    answers = await asyncio.gather(*(shop.ask(job, "start", one.headers) for job in jobs))
    assert _outcomes(answers) == [(200, "")] + [(409, "technician_busy")] * (TOGETHER - 1)
    async with shop.database.hearing() as session:
        running = select(func.count()).where(Activity.technician == one.technician, Activity.ended_at.is_(None))
        assert await session.scalar(running) == 1


async def test_a_user_with_two_technician_codes_still_works_on_one_job(shop: Shop) -> None:
    """W3.  Where two rows do not lock each other out, the unique index does."""
    first, second = await shop.a_hand(), await shop.a_hand()
    twin = {"code": f"{second.technician}-2", "name": "陈杰", "user": first.user, "skills": ["engine"]}
    answer = await shop.client.post("/stores/sh01/technicians", json=twin, headers=shop.dispatcher | once())
    assert answer.status_code == 201
    one = await shop.dispatched(first)
    other = await shop.a_ready_job()
    await shop.done(other, "dispatch", shop.dispatcher, shop.given_to(second) | {"technician": str(twin["code"])})
    answers = await asyncio.gather(*(shop.ask(job, "start", first.headers) for job in (one, other)))
    refused = _outcomes(answers)
    assert refused[0] == (200, "")
    assert refused[1] in {(409, "technician_busy"), (409, "conflict")}


async def test_two_dispatchers_of_one_job_do_not_overwrite_each_other(shop: Shop) -> None:
    """W2.  The second saw an older version."""
    hands, job = [await shop.a_hand(), await shop.a_hand()], await shop.a_ready_job()
    bodies = [shop.given_to(hand) for hand in hands]
    answers = await asyncio.gather(*(shop.ask(job, "dispatch", shop.dispatcher, body) for body in bodies))
    assert _outcomes(answers) == [(200, ""), (412, "stale")]
