"""Checks before the final inspection, and the manager's word.  The door has locked the job."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.jobs import CheckWork
from services.workshop.domain import Activity, Job, JobCheck, QualityTerms, Technician
from services.workshop.domain.quality import Level
from shared.policies import terms_in_force
from shared.refusal import Refused


async def made(job: Job, session: AsyncSession) -> dict[str, str]:
    """By level, who checked this round of work."""
    rows = select(JobCheck.level, JobCheck.checked_by).where(JobCheck.job_id == job.id, JobCheck.rework_no == job.rework_no)
    return {level: user for level, user in await session.execute(rows)}  # noqa: C416 - dict() cannot be typed from rows


async def check_work(job_id: UUID, command: CheckWork, colleague: str, session: AsyncSession) -> Job:
    """A colleague found the finished work good.  Refused: checked_already, not_a_colleague, worked_on_it,
    illegal_transition."""
    job = await session.get_one(Job, job_id)
    if job.state != "finished":
        raise Refused("illegal_transition", "Only finished work is checked.", state=job.state)
    if not await session.scalar(
        select(Technician.id).where(Technician.store_id == job.store_id, Technician.user == colleague).limit(1)
    ):
        raise Refused("not_a_colleague", "A technician of the store must check the work.")
    if await session.scalar(select(Activity.id).where(Activity.job_id == job.id, Activity.user == colleague).limit(1)):
        raise Refused("worked_on_it", "Somebody who did not work on the job must check it.")
    return await _kept(job, "team", command, session)


async def release(job_id: UUID, command: CheckWork, session: AsyncSession) -> Job:
    """The manager says that the job is gone on with.  Refused: nothing_to_release, checked_already."""
    job = await session.get_one(Job, job_id)
    terms = await terms_in_force(QualityTerms, job.store_id, session)
    if not terms.needs_release(job.rework_no):
        raise Refused("nothing_to_release", "The job may go on as it is.", rework_no=job.rework_no)
    return await _kept(job, "release", command, session)


async def _kept(job: Job, level: Level, command: CheckWork, session: AsyncSession) -> Job:
    if level in await made(job, session):
        raise Refused("checked_already", "This was checked already.")
    session.add(JobCheck.made(job.id, job.store_id, job.rework_no, level, command.remark))
    job.version += 1
    await session.flush()
    return job
