"""Stopping the work on jobs whose bay or car is not to be had, and going on when it is there again."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import AuthorisedOrder, Job, JobHand, JobPart, Sublet
from services.workshop.domain.jobs import CAR_AWAY
from services.workshop.domain.states import STANDING
from services.workshop.handlers import clocks
from shared import clock
from shared.outbox import announce

Became = Literal["set_back", "paused", "stands"]


async def stop(jobs: Iterable[Job], given_back: str, paused: str, session: AsyncSession) -> dict[UUID, Became]:
    """What nobody has begun goes back to the dispatcher, who works on one stops, each for its reason; what became of each.
    The jobs are locked."""
    found = list(jobs)
    running, became = await clocks.clocks_on_each(found, session), dict[UUID, Became]()
    for job in found:
        became[job.id] = "stands"
        if job.state == "dispatched":
            parts = (await session.scalars(select(JobPart).where(JobPart.job_id == job.id).order_by(JobPart.id))).all()
            announce(session, job.set_back(given_back, parts))
            there = update(JobHand).where(JobHand.job_id == job.id, JobHand.left_at.is_(None))
            await session.execute(there.values(left_at=clock.now()))
            became[job.id] = "set_back"
        elif job.state == "working":
            announce(session, *job.pause(running[job.id], paused))
            became[job.id] = "paused"
    await clocks.keep([each for every in running.values() for each in every], session)
    return became


async def car_leaves(ro_id: UUID, session: AsyncSession) -> None:
    """A car that is not here stands in no bay and runs nobody's clock."""
    jobs = await _locked(ro_id, session)
    await stop(jobs, CAR_AWAY, CAR_AWAY, session)
    for job in jobs:
        if job.state in STANDING and job.bay is not None:
            job.leave_bay()


async def car_comes_back(order: AuthorisedOrder, session: AsyncSession) -> None:
    """What stood because the car was away can go on, once neither its customer nor another firm has it."""
    with_a_firm = select(Sublet.id).where(Sublet.ro_id == order.id, Sublet.state == "out", Sublet.takes_car.is_(True))
    if order.lent_back or await session.scalar(with_a_firm) is not None:
        return
    for job in await _locked(order.id, session):
        job.car_is_back()


async def _locked(ro_id: UUID, session: AsyncSession) -> list[Job]:
    """All jobs of the order as they stand now: one that is being given out at this moment is waited for."""
    rows = select(Job).where(Job.ro_id == ro_id).order_by(Job.id).with_for_update()
    return list(await session.scalars(rows.execution_options(populate_existing=True)))
