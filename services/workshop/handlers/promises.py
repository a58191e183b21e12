"""Watching over what was promised: late jobs are seen before they are late."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import (
    Activity,
    AuthorisedOrder,
    CertificateTerms,
    Hold,
    Job,
    JobPart,
    PromiseTerms,
    PromiseWatch,
    Technician,
)
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.promises import Outlook, free_in, left_of, minutes_of
from services.workshop.domain.states import ON_THE_BOARD
from services.workshop.domain.working_hours import AROUND_THE_CLOCK, WorkingHours, hours_of_any
from services.workshop.handlers.orders import follow_order
from services.workshop.handlers.working_hours import hours_of_each
from shared import clock
from shared.events.reception import PromiseChanged
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.settings import stores

QUEUED = ("dispatched", "working", "paused", "failed")
MISSING = and_(JobPart.needed, func.coalesce(JobPart.stage, "backordered") == "backordered")
"""Part lines without which a job cannot begin, or go on."""
WAITS = (
    select(Hold.about_id)
    .where(
        Hold.store_id == Job.store_id,
        Hold.ro_id == Job.ro_id,
        or_(Hold.job_id.is_(None), Hold.job_id == Job.id),
        Hold.closed_at.is_(None),
    )
    .exists()
)
"""Of jobs that wait for somebody or something, or whose car is away."""


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
    codes, at_work = await _who(job, session)
    return Outlook(
        left_minutes=left_of(job.state, job.flat_hours_milli, worked),
        over=worked > minutes_of(job.flat_hours_milli),
        ahead_minutes=await _ahead(job, _soon(job, codes, at_work), session),
        has_technician=job.technician is not None,
        parts_missing=bool(etas),
        parts_eta_at=max(known) if known and len(known) == len(etas) else None,
        hours=hours_of_any(at_work) if job.state != "finished" else AROUND_THE_CLOCK,
    )


async def _who(job: Job, session: AsyncSession) -> tuple[Sequence[str], Sequence[WorkingHours]]:
    """Whose the job is; while nobody has it all who could do it by skill and certificate, all of the store where nobody could;
    and when they work."""
    codes = [job.technician] if job.technician is not None else await _who_could(job, session)
    return codes, await hours_of_each(job.store_id, codes, session)


async def _who_could(job: Job, session: AsyncSession) -> list[str]:
    today = clock.day_in(stores()[job.store_id].time_zone)
    there = select(Technician).where(
        Technician.store_id == job.store_id, or_(Technician.left_on.is_(None), Technician.left_on > today)
    )
    crew = (await session.scalars(there.order_by(Technician.code))).all()
    certificates = await terms_in_force(CertificateTerms, job.store_id, session)
    skilled = [each for each in crew if job.skill in each.skills]
    able = [each for each in skilled if not certificates.missing(each, job.skill, job.op_code, today)]
    return [each.code for each in able or crew]


def _soon(job: Job, codes: Sequence[str], at_work: Sequence[WorkingHours]) -> list[str]:
    """Those who work at all before the promise, or within a day."""
    until = max(job.promised_at, clock.now() + timedelta(days=1))
    return [code for code, each in zip(codes, at_work, strict=True) if each.after(clock.now(), 1) <= until]


async def _ahead(job: Job, codes: Sequence[str], session: AsyncSession) -> int:
    """Minutes until the first of these has done what comes before the job: what they work on or were given with an earlier
    promise, and before a job that nobody has what is ready of its skill with an earlier one; without what waits itself.  None
    once the job is worked on."""
    if job.state in ("working", "finished"):
        return 0
    as_early = and_(Job.promised_at == job.promised_at, Job.id < job.id)
    earlier = or_(Job.promised_at < job.promised_at, as_early)
    before = and_(Job.technician.in_(codes), Job.state.in_(QUEUED), or_(Job.state == "working", earlier))
    if job.technician is None:
        before = or_(before, and_(Job.state == "ready", Job.skill == job.skill, earlier))
    rows = await session.execute(
        select(Job.technician, Job.id, Job.state, Job.flat_hours_milli)
        .where(Job.store_id == job.store_id, Job.state.in_((*QUEUED, "ready")), Job.id != job.id, before, ~WAITS)
        .order_by(Job.promised_at, Job.id)
    )
    found = rows.all()
    left = await minutes_left([(id, state, hours_milli) for _, id, state, hours_milli in found], session)
    loads = [sum(left[id] for whose, id, _, _ in found if whose == code) for code in codes]
    return free_in(loads, [left[id] for whose, id, _, _ in found if whose is None])


async def minutes_left(work: Sequence[tuple[UUID, str, int | None]], session: AsyncSession) -> dict[UUID, int]:
    """By job, of these ids, states and flat-rate hours, the work on it that is left, whoever does it."""
    begun = [id for id, state, _ in work if state in QUEUED]
    worked = await worked_minutes(begun, session)
    return {id: left_of(state, hours_milli, worked.get(id, 0)) for id, state, hours_milli in work}


async def worked_minutes(job_ids: Sequence[UUID], session: AsyncSession) -> dict[UUID, int]:
    """By job, what was worked on it so far, by all hands; jobs that nobody worked on left out."""
    spent: ColumnElement[timedelta] = func.sum(func.coalesce(Activity.ended_at, clock.now()) - Activity.started_at)
    rows = select(Activity.job_id, spent).where(
        Activity.job_id.in_(job_ids), Activity.kind.in_(ON_JOBS), Activity.superseded_by.is_(None)
    )
    found = await session.execute(rows.group_by(Activity.job_id)) if job_ids else ()
    return {job_id: int(total.total_seconds() // 60) for job_id, total in found if job_id is not None}
