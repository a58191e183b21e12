"""Watching over what was promised: late jobs are seen before they are late."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, AuthorisedOrder, Job, JobPart, PromiseTerms, PromiseWatch
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.promises import Outlook, left_of, minutes_of
from services.workshop.domain.states import ON_THE_BOARD
from services.workshop.domain.working_hours import AROUND_THE_CLOCK
from services.workshop.handlers.orders import follow_order
from services.workshop.handlers.working_hours import hours_for
from shared import clock
from shared.events.reception import PromiseChanged
from shared.outbox import announce
from shared.policies import terms_in_force

QUEUED = ("dispatched", "working", "paused", "failed")
MISSING = and_(JobPart.needed, func.coalesce(JobPart.stage, "backordered") == "backordered")
"""Part lines without which a job cannot begin, or go on."""


async def note_promise(event: PromiseChanged, session: AsyncSession) -> None:
    """The customer was promised another time."""
    order = await session.get_one(AuthorisedOrder, event.about.subject)
    order.promise(event)
    await follow_order(order, session)


async def review_promise(watch: PromiseWatch, session: AsyncSession) -> None:
    """Look at one job: will it be done as promised?"""
    job = await session.get_one(Job, watch.job_id)
    if job.state not in ON_THE_BOARD:
        watch.end()
        return
    terms = await terms_in_force(PromiseTerms, job.store_id, session)
    if said := watch.look(await _outlook(job, session), job.promised_at, job.ro_id, terms):
        announce(session, said)


async def _outlook(job: Job, session: AsyncSession) -> Outlook:
    worked = (await worked_minutes([job.id], session)).get(job.id, 0)
    etas = (await session.scalars(select(JobPart.eta_at).where(JobPart.job_id == job.id, MISSING))).all()
    known = [eta for eta in etas if eta is not None]
    return Outlook(
        left_minutes=left_of(job.state, job.flat_hours_milli, worked),
        over=worked > minutes_of(job.flat_hours_milli),
        ahead_minutes=await _ahead(job, session),
        has_technician=job.technician is not None,
        parts_missing=bool(etas),
        parts_eta_at=max(known) if known and len(known) == len(etas) else None,
        hours=await hours_for(job, session) if job.state != "finished" else AROUND_THE_CLOCK,
    )


async def _ahead(job: Job, session: AsyncSession) -> int:
    """Minutes of flat-rate work that the job's technician has to do before it; none once they work on it."""
    if job.technician is None or job.state in ("working", "finished"):
        return 0
    before = await session.scalar(
        select(func.sum(Job.flat_hours_milli)).where(
            Job.store_id == job.store_id,
            Job.technician == job.technician,
            Job.state.in_(QUEUED),
            Job.id != job.id,
            (Job.state == "working") | (Job.promised_at < job.promised_at),
        )
    )
    return minutes_of(int(before or 0))


async def minutes_left(jobs: Sequence[Job], session: AsyncSession) -> dict[UUID, int]:
    """By job, the work on it that is left, whoever does it."""
    worked = await worked_minutes([job.id for job in jobs if job.technician is not None], session)
    return {job.id: left_of(job.state, job.flat_hours_milli, worked.get(job.id, 0)) for job in jobs}


async def worked_minutes(job_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, int]:
    """By job, what was worked on it so far, by all hands; jobs that nobody worked on left out."""
    spent: ColumnElement[timedelta] = func.sum(func.coalesce(Activity.ended_at, clock.now()) - Activity.started_at)
    rows = select(Activity.job_id, spent).where(
        Activity.job_id.in_(job_ids), Activity.kind.in_(ON_JOBS), Activity.superseded_by.is_(None)
    )
    found = await session.execute(rows.group_by(Activity.job_id)) if job_ids else ()
    return {job_id: int(total.total_seconds() // 60) for job_id, total in found if job_id is not None}
