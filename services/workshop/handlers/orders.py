"""Following the repair order: its authorised lines become jobs, its parts make them ready, its end ends them."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import AuthorisedOrder, Job, JobPart, PromiseWatch, QualityTerms, Sublet, Turn
from services.workshop.domain.quality import concern_group
from services.workshop.domain.states import ON_THE_BOARD
from services.workshop.handlers import clocks, holds, standstill
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import (
    AuthorisedLine,
    RepairOrderCancelled,
    VehicleDelivered,
    VehicleLentBack,
    VehicleTakenBack,
    WorkAuthorised,
)
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.settings import stores


def _labour_lines(event: WorkAuthorised) -> list[AuthorisedLine]:
    return [line for line in event.lines if line.kind == "labour"]


def _part_lines(event: WorkAuthorised) -> list[AuthorisedLine]:
    return [line for line in event.lines if line.kind == "part" and line.labour_line_id is not None]


def labour_line_ids(event: WorkAuthorised) -> list[UUID]:
    """Keys of the jobs that `open_jobs` needs."""
    return [line.ro_line_id for line in _labour_lines(event)]


def part_line_ids(event: WorkAuthorised) -> list[UUID]:
    """Keys of the part lines that `open_jobs` needs."""
    return [line.ro_line_id for line in _part_lines(event)]


def sublet_line_ids(event: WorkAuthorised) -> list[UUID]:
    """Keys of the sublet work that `open_jobs` needs."""
    return [service.ro_line_id for service in event.services if service.kind == "sublet"]


async def open_jobs(event: WorkAuthorised, session: AsyncSession) -> None:
    """Make a job of each authorised labour line, and take back what a newer authorisation no longer names."""
    order = await session.get_one(AuthorisedOrder, event.about.subject)
    order.authorise(event)
    order.promise(event)
    for line in _labour_lines(event):
        job = await session.get_one(Job, line.ro_line_id)
        if job.authorise(event, line) and job.state != "completed":
            job.comeback_of = await _earlier(job, date.fromisoformat(event.opened_on), session)
    for line in _part_lines(event):
        (await session.get_one(JobPart, line.ro_line_id)).need(event, line)
    for service in event.services:
        if service.kind == "sublet":
            (await session.get_one(Sublet, service.ro_line_id)).authorise(event, service)
    await follow_order(order, session)


async def _earlier(job: Job, came_on: date, session: AsyncSession) -> UUID | None:
    """The newest job for the same group of concerns of the car, of another order, that was completed not long before the car
    came (all versions of an order tell that alike, whenever they are heard)."""
    if job.concern_code is None:
        return None
    terms = await terms_in_force(QualityTerms, job.store_id, session)
    zone = stores()[job.store_id].time_zone
    lately = select(Job.id, Job.concern_code).where(
        Job.vehicle_id == job.vehicle_id,
        Job.ro_id != job.ro_id,
        Job.completed_at >= clock.midnight_in(zone, came_on - timedelta(days=terms.comeback_days)),
        Job.completed_at < clock.midnight_in(zone, came_on + timedelta(days=1)),
    )
    group = concern_group(job.concern_code)
    found = await session.execute(lately.order_by(Job.completed_at.desc()))
    return next((id for id, code in found if code is not None and concern_group(code) == group), None)


async def close_jobs(event: VehicleDelivered | RepairOrderCancelled, session: AsyncSession) -> None:
    """The car is gone, or goes without the work: whatever was still to be done on it is cancelled."""
    order = await session.get_one(AuthorisedOrder, event.about.subject)
    if isinstance(event, VehicleDelivered):
        order.deliver(event)
    else:
        order.cancel(event)
    await follow_order(order, session)


async def note_stage(event: PartsReserved | PartsBackordered | PartsIssued, session: AsyncSession) -> None:
    """Keep the part line's newest stage and see whether its job can begin now."""
    part = await session.get_one(JobPart, event.about.subject)
    if part.tell(event):
        job = await session.get_one(Job, event.job_id)
        parts = await session.scalars(select(JobPart).where(JobPart.job_id == job.id))
        job.hear_of(parts)
    await holds.keep_short_parts([part], await session.get_one(AuthorisedOrder, event.ro_id), session)


async def note_lending(event: VehicleLentBack | VehicleTakenBack, session: AsyncSession) -> None:
    """The customer has the car while its work waits, or brought it again."""
    order = await session.get_one(AuthorisedOrder, event.about.subject)
    order.lend(event)
    await holds.keep_lendings(order, session)
    if order.lent_back:
        await standstill.car_leaves(order.id, session)
    else:
        await standstill.car_comes_back(order, session)


async def follow_order(order: AuthorisedOrder, session: AsyncSession) -> None:
    """Bring all jobs and part lines of the order up to date with it."""
    parts: defaultdict[UUID | None, list[JobPart]] = defaultdict(list)
    every = (await session.scalars(select(JobPart).where(JobPart.ro_id == order.id))).all()
    for part in every:
        part.follow(order)
        parts[part.job_id].append(part)
    jobs = await session.scalars(select(Job).where(Job.ro_id == order.id).order_by(Job.id).with_for_update())
    found, stopped = jobs.all(), list[Job]()
    for job in found:
        begun = job.technician is not None
        job.follow(order, parts[job.id])
        if begun and job.state == "cancelled":
            stopped.append(job)
    await _follow_sublets(order, session)
    if order.ended:
        await holds.end_all(order, every, session)
    else:
        await holds.keep_short_parts(every, order, session)
    running = await clocks.clocks_on_each(stopped, session)
    for job in stopped:
        announce(session, *(job.clocked_off(each, "cancelled", Turn("idle")) for each in running[job.id]))
    await clocks.keep([each for every_clock in running.values() for each in every_clock], session)
    await _watch([job for job in found if job.state in ON_THE_BOARD], session)


async def _follow_sublets(order: AuthorisedOrder, session: AsyncSession) -> None:
    rows = select(Sublet).where(Sublet.ro_id == order.id).order_by(Sublet.id).with_for_update()
    for sublet in (await session.scalars(rows)).all():
        was_out = sublet.state == "out"
        sublet.follow(order)
        if was_out and sublet.state != "out":
            await holds.close_sublet(sublet, sublet.closed_at or clock.now(), session)
            await standstill.car_comes_back(order, session)


async def _watch(jobs: Sequence[Job], session: AsyncSession) -> None:
    """Each open job's promise is looked at from now on."""
    if not jobs:
        return
    await session.flush()
    wanted = [
        {"id": new_id(), "store_id": job.store_id, "version": 0, "job_id": job.id, "level": "on_track",
         "review_at": clock.now(), "cause_id": cause().id}
        for job in sorted(jobs, key=lambda job: job.id)
    ]  # fmt: skip
    put = insert(PromiseWatch)
    again = put.on_conflict_do_update(
        index_elements=[PromiseWatch.job_id],
        set_={"review_at": put.excluded.review_at},
        where=PromiseWatch.review_at.is_(None),
    )
    await session.execute(again, wanted)
