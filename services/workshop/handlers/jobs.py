"""Working on jobs: dispatch, start, pause, finish, inspect.  The door has locked the job."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.jobs import Dispatch, Finish, Inspect, Interrupt, Pause
from services.workshop.domain import Activity, Bay, Inspection, Job, JobPart, Technician
from services.workshop.domain.states import IN_A_BAY, UNAUTHORISED
from shared.events.workshop import JobCompleted, QualityFailed
from shared.outbox import announce
from shared.refusal import Invalid, Refused, Unknown


async def dispatch_job(job_id: UUID, command: Dispatch, session: AsyncSession) -> Job:
    """Give the job to a technician and a bay of its store; Invalid where the store has no such technician or bay."""
    job = await _job(job_id, session)
    bay = await session.scalar(select(Bay).where(Bay.store_id == job.store_id, Bay.code == command.bay).with_for_update())
    if bay is None:
        raise Invalid("body.bay", "unknown_bay", "The store has no such bay.")
    technician = await _technician(job.store_id, command.technician, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    occupant = await session.scalar(
        select(Job.id).where(Job.store_id == job.store_id, Job.bay == bay.code, Job.state.in_(IN_A_BAY), Job.id != job.id)
    )
    announce(session, job.dispatch(technician, bay, occupant))
    return job


async def start_job(job_id: UUID, session: AsyncSession) -> Job:
    """Let the job's technician begin, or go on; their clock runs.  Refused('not_dispatched') where there is none."""
    job = await _job(job_id, session)
    technician = await _technician(job.store_id, job.technician, session)
    if technician is None:
        raise Refused("not_dispatched", "The job was not given to a technician.", state=job.state)
    of_technician = select(Activity).where(Activity.user == technician.user, Activity.ended_at.is_(None))
    session.add(job.start(technician, await _parts(job, session), await session.scalar(of_technician)))
    return job


async def pause_job(job_id: UUID, command: Pause | Interrupt, session: AsyncSession) -> Job:
    """Stop the work and the clock for a reason."""
    job = await _job(job_id, session)
    job.pause(await _running(job, session), command.reason)
    return job


async def finish_job(job_id: UUID, command: Finish, session: AsyncSession) -> Job:
    """The work is done and waits for its quality check."""
    job = await _job(job_id, session)
    job.finish(await _running(job, session), await _parts(job, session), command.cause, command.correction)
    return job


async def inspect_job(job_id: UUID, command: Inspect, inspector: str, session: AsyncSession) -> Job:
    """Record a quality check by the user `inspector`; Invalid when a failed one names no fault, or a passed one does."""
    if (command.result == "failed") != (command.fault_code is not None):
        raise Invalid("body.fault_code", "fault_code_mismatch", "A failed check names its fault, a passed one has none.")
    job = await _job(job_id, session)
    worked = (await session.scalars(select(Activity).where(Activity.job_id == job.id))).all()
    inspection, said = _inspected(job, command, inspector, worked)
    session.add(inspection)
    announce(session, said)
    return job


def _inspected(
    job: Job, command: Inspect, inspector: str, worked: Sequence[Activity]
) -> tuple[Inspection, JobCompleted | QualityFailed]:
    if command.fault_code is None:
        return job.pass_inspection(inspector, worked, command.remark)
    return job.fail_inspection(inspector, worked, command.fault_code, command.remark)


async def _job(job_id: UUID, session: AsyncSession) -> Job:
    job = await session.get_one(Job, job_id)
    if job.state == UNAUTHORISED:
        raise Unknown("job")
    return job


async def _technician(store_id: str, code: str | None, session: AsyncSession) -> Technician | None:
    """The technician, locked: one after the other may dispatch to them or start their clock."""
    return await session.scalar(
        select(Technician).where(Technician.store_id == store_id, Technician.code == code).with_for_update()
    )


async def _parts(job: Job, session: AsyncSession) -> Sequence[JobPart]:
    return (await session.scalars(select(JobPart).where(JobPart.job_id == job.id).order_by(JobPart.id))).all()


async def _running(job: Job, session: AsyncSession) -> Activity | None:
    return await session.scalar(select(Activity).where(Activity.job_id == job.id, Activity.ended_at.is_(None)))
