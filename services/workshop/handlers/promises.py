"""Watching over what was promised: late jobs are seen before they are late."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, AuthorisedOrder, Job, JobPart, PromiseTerms, PromiseWatch
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.promises import Outlook
from services.workshop.domain.states import ON_THE_BOARD
from services.workshop.domain.working_hours import AROUND_THE_CLOCK
from services.workshop.handlers.orders import follow_order
from services.workshop.handlers.working_hours import hours_for
from shared import clock
from shared.events.reception import PromiseChanged
from shared.outbox import announce
from shared.policies import terms_in_force

QUEUED = ("dispatched", "working", "paused", "failed")


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
    worked, flat = await worked_minutes(job, session), minutes_of(job.flat_hours_milli)
    missing = (JobPart.job_id == job.id, JobPart.needed, func.coalesce(JobPart.stage, "backordered") == "backordered")
    etas = (await session.scalars(select(JobPart.eta_at).where(*missing))).all()
    known = [eta for eta in etas if eta is not None]
    left = {"finished": 0, "failed": flat // 2}.get(job.state, max(flat - worked, 0))
    return Outlook(
        left_minutes=left,
        over=worked > flat,
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


async def worked_minutes(job: Job, session: AsyncSession) -> int:
    """What was worked on the job so far, by all hands."""
    rows = await session.execute(
        select(Activity.started_at, Activity.ended_at).where(
            Activity.job_id == job.id, Activity.kind.in_(ON_JOBS), Activity.superseded_by.is_(None)
        )
    )
    spans: list[tuple[datetime, datetime | None]] = [(began, ended) for began, ended in rows]
    total = sum(((ended or clock.now()) - began for began, ended in spans), timedelta())
    return int(total.total_seconds() // 60)


def minutes_of(hours_milli: int | None) -> int:
    """Minutes of flat-rate hours in thousandths; half an hour where none are set."""
    return 30 if hours_milli is None else hours_milli * 60 // 1_000
