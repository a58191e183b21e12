"""Working on jobs: dispatch, start, pause, finish, inspect.  The door has locked the job."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.dispatching import AcceptProposal
from services.workshop.commands.jobs import Dispatch, Finish, Inspect, Interrupt, Pause
from services.workshop.domain import (
    Activity,
    AuthorisedOrder,
    Bay,
    CertificateTerms,
    Inspection,
    Job,
    JobHand,
    JobPart,
    Technician,
)
from services.workshop.domain.states import IN_A_BAY, UNAUTHORISED
from services.workshop.handlers import clocks, dispatching
from services.workshop.handlers.outages import refuse_out_of_order
from shared import clock
from shared.events.workshop import JobCompleted, QualityFailed
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Unknown
from shared.settings import stores


async def dispatch_job(job_id: UUID, command: Dispatch, session: AsyncSession) -> Job:
    """Give the job to a technician and a bay of its store; Invalid where the store has no such technician or bay.  Refused:
    left_the_store, bay_out_of_order, and what the job says."""
    job = await _job(job_id, session)
    bay = await session.scalar(select(Bay).where(Bay.store_id == job.store_id, Bay.code == command.bay).with_for_update())
    if bay is None:
        raise Invalid("body.bay", "unknown_bay", "The store has no such bay.")
    technician = await _technician(job.store_id, command.technician, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    technician.refuse_gone(clock.day_in(stores()[job.store_id].time_zone))
    await refuse_out_of_order(job.store_id, bay.code, session)
    occupant = await session.scalar(
        select(Job.id).where(Job.store_id == job.store_id, Job.bay == bay.code, Job.state.in_(IN_A_BAY), Job.id != job.id)
    )
    if job.state == "ready":
        await dispatching.record_dispatch(job, command, await dispatching.proposal(job.store_id, session), session)
    announce(session, *job.dispatch(technician, bay, occupant, command.reason_code))
    return job


async def accept_proposal(store_id: str, command: AcceptProposal, session: AsyncSession) -> list[Job]:
    """Give out the first jobs as proposed, as far as they still are what the proposal saw."""
    wanted = [each for each in await dispatching.proposal(store_id, session) if each.technician and each.bay][: command.most]
    locked = {
        job.id: job
        for job in await session.scalars(
            select(Job)
            .where(Job.id.in_([each.job.id for each in wanted]), Job.state == "ready")
            .order_by(Job.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    bays = select(Bay.id).where(Bay.store_id == store_id, Bay.code.in_([each.bay for each in wanted]))
    await session.execute(bays.order_by(Bay.id).with_for_update())
    people = select(Technician.id).where(
        Technician.store_id == store_id, Technician.code.in_([each.technician for each in wanted])
    )
    await session.execute(people.order_by(Technician.id).with_for_update())
    given = []
    for each in await dispatching.proposal(store_id, session):
        if each.job.id in locked and each.technician and each.bay and each in wanted:
            command_ = Dispatch(technician=each.technician, bay=each.bay)
            given.append(await dispatch_job(each.job.id, command_, session))
            await session.flush()
    return given


async def start_job(job_id: UUID, code: str, session: AsyncSession) -> Job:
    """Let a technician of the job begin, or go on; their clock runs.  Who has not clocked in is at work from now on."""
    order, job = await _order_and_job(job_id, session)
    job.refuse_work(order)
    if job.bay is not None:
        await refuse_out_of_order(job.store_id, job.bay, session)
    starting = await clocks.clock_of(job.store_id, code, session)
    today = clock.day_in(stores()[job.store_id].time_zone)
    starting.technician.refuse_gone(today)
    terms = await terms_in_force(CertificateTerms, job.store_id, session)
    terms.refuse_uncertified(starting.technician, job.skill, job.op_code, today)
    if starting.attendance is None and starting.running is None:
        starting.come(await clocks.closes_at(starting.technician, session))
    announce(session, job.start(starting, await _parts(job, session)))
    await clocks.keep([starting], session)
    return job


async def pause_job(job_id: UUID, command: Pause | Interrupt, code: str | None, session: AsyncSession) -> Job:
    """Stop the work of a technician, or of all who work on the job, for a reason."""
    job = await _job(job_id, session)
    running = await clocks.clocks_on(job, session)
    announce(session, *job.pause(running, command.reason, code))
    await clocks.keep(running, session)
    return job


async def finish_job(job_id: UUID, command: Finish, session: AsyncSession) -> Job:
    """The work is done and waits for its quality check."""
    job = await _job(job_id, session)
    running = await clocks.clocks_on(job, session)
    announce(session, *job.finish(running, await _parts(job, session), command.cause, command.correction))
    await clocks.keep(running, session)
    return job


async def inspect_job(job_id: UUID, command: Inspect, inspector: str, session: AsyncSession) -> Job:
    """Record a quality check by the user `inspector`; Invalid when a failed one names no fault, or a passed one does."""
    if (command.result == "failed") != (command.fault_code is not None):
        raise Invalid("body.fault_code", "fault_code_mismatch", "A failed check names its fault, a passed one has none.")
    job = await _job(job_id, session)
    worked = (await session.scalars(select(Activity).where(Activity.job_id == job.id))).all()
    agreed = await session.execute(
        select(JobHand.technician, JobHand.share_bp).where(JobHand.job_id == job.id, JobHand.share_bp.is_not(None))
    )
    inspection, said = _inspected(job, command, inspector, worked, {code: share for code, share in agreed if share})
    session.add(inspection)
    announce(session, said)
    return job


def _inspected(
    job: Job, command: Inspect, inspector: str, worked: Sequence[Activity], agreed_bp: Mapping[str, int]
) -> tuple[Inspection, JobCompleted | QualityFailed]:
    if command.fault_code is None:
        return job.pass_inspection(inspector, worked, command.remark, agreed_bp)
    return job.fail_inspection(inspector, worked, command.fault_code, command.remark)


async def _job(job_id: UUID, session: AsyncSession) -> Job:
    job = await session.get_one(Job, job_id)
    if job.state == UNAUTHORISED:
        raise Unknown("job")
    return job


async def _order_and_job(job_id: UUID, session: AsyncSession) -> tuple[AuthorisedOrder, Job]:
    job = await _job(job_id, session)
    return await session.get_one(AuthorisedOrder, job.ro_id), job


async def _technician(store_id: str, code: str | None, session: AsyncSession) -> Technician | None:
    """The technician, locked: one after the other may dispatch to them or start their clock."""
    return await session.scalar(
        select(Technician).where(Technician.store_id == store_id, Technician.code == code).with_for_update()
    )


async def _parts(job: Job, session: AsyncSession) -> Sequence[JobPart]:
    return (await session.scalars(select(JobPart).where(JobPart.job_id == job.id).order_by(JobPart.id))).all()
