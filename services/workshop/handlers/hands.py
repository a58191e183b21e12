"""Who helps on a job.  The door has locked the job."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.clocks import AddHand
from services.workshop.domain import Activity, Job, JobHand
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.states import IN_A_BAY
from services.workshop.handlers import clocks, technicians
from shared import clock
from shared.money import WHOLE_BP
from shared.refusal import Invalid, Refused, Unknown


async def add_hand(job_id: UUID, command: AddHand, session: AsyncSession) -> Job:
    """One more technician may work on the job.  Invalid: unknown_technician.  Refused: technician_lacks_skill, works_on_it,
    shares_above_whole, illegal_transition."""
    job = await session.get_one(Job, job_id)
    if job.state not in IN_A_BAY:
        raise Refused("illegal_transition", "Only a job that was given out can have helpers.", state=job.state)
    technician = await technicians.locked(job.store_id, command.technician, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    job.refuse_unable(technician)
    if technician.code == job.technician or await _there(job_id, technician.code, session):
        raise Refused("works_on_it", "This technician works on the job already.", technician=technician.code)
    others = {code: share for code, share in (await agreed_shares(job, session)).items() if code != technician.code}
    if sum(others.values()) + (command.share_bp or 0) >= WHOLE_BP:
        raise Refused("shares_above_whole", "Something must be left for the technician that the job was given to.")
    session.add(JobHand.joining(job_id, technician, command.share_bp))
    job.version += 1
    await session.flush()
    return job


async def release_hand(job_id: UUID, code: str, session: AsyncSession) -> Job:
    """The helper is needed no longer.  Refused('technician_busy') while their clock runs for the job."""
    job = await session.get_one(Job, job_id)
    hand = await _there(job_id, code, session)
    if hand is None:
        raise Unknown("helper")
    if any(each.technician.code == code for each in await clocks.clocks_on(job, session)):
        raise Refused("technician_busy", "The technician's clock runs for the job.", job_id=job_id)
    hand.left_at = clock.now()
    job.version += 1
    await session.flush()
    return job


async def agreed_shares(job: Job, session: AsyncSession) -> dict[str, int]:
    """By technician code, what was agreed last for who helps on the job or has worked on it; nothing for whose time decides."""
    has_worked = select(Activity.technician).where(
        Activity.job_id == job.id, Activity.kind.in_(ON_JOBS), Activity.superseded_by.is_(None)
    )
    newest = (
        select(JobHand.technician, JobHand.share_bp, JobHand.left_at)
        .where(JobHand.job_id == job.id)
        .order_by(JobHand.technician, JobHand.id.desc())
        .ext(distinct_on(JobHand.technician))
        .subquery()
    )
    counts = newest.c.left_at.is_(None) | newest.c.technician.in_(has_worked)
    rows = select(newest.c.technician, newest.c.share_bp).where(newest.c.share_bp.is_not(None), counts)
    found = await session.execute(rows)
    return {technician: share or 0 for technician, share in found}


async def _there(job_id: UUID, code: str, session: AsyncSession) -> JobHand | None:
    return await session.scalar(
        select(JobHand).where(JobHand.job_id == job_id, JobHand.technician == code, JobHand.left_at.is_(None))
    )
