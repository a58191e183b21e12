"""Working on jobs: start, pause, finish, inspect.  The door has locked the job."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.jobs import Finish, Inspect, Interrupt, Pause
from services.workshop.domain import (
    Activity,
    AuthorisedOrder,
    CertificateTerms,
    Job,
    JobCheck,
    JobPart,
    QualityTerms,
)
from services.workshop.domain.quality import refuse_inspector_who_checked
from services.workshop.handlers import checks, clocks, dispatching, equipment, sublets
from services.workshop.handlers.hands import agreed_shares
from services.workshop.handlers.notes import refuse_untold_order
from services.workshop.handlers.outages import refuse_out_of_order
from shared import clock
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid
from shared.settings import stores


async def start_job(job_id: UUID, code: str, session: AsyncSession) -> Job:
    """Let a technician of the job begin, or go on; their clock runs.  Who has not clocked in is at work from now on."""
    order, job = await _order_and_job(job_id, session)
    job.refuse_work(order)
    await sublets.refuse_at_the_firm(order.id, session)
    if job.bay is not None:
        await refuse_out_of_order(job.store_id, job.bay, session)
    await equipment.refuse_without_tool(job, session)
    starting = await clocks.clock_of(job.store_id, code, session)
    today = clock.day_in(stores()[job.store_id].time_zone)
    starting.technician.refuse_gone(today)
    terms = await terms_in_force(CertificateTerms, job.store_id, session)
    terms.refuse_uncertified(starting.technician, job.skill, job.op_code, today)
    if starting.attendance is None and starting.running is None:
        starting.come(await clocks.closes_at(starting.technician, session))
    quality = await terms_in_force(QualityTerms, job.store_id, session)
    quality.refuse_unreleased(await checks.made(job, session), job.rework_no)
    announce(session, job.start(starting, await _parts(job, session)))
    await clocks.keep([starting], session)
    return job


async def pause_job(job_id: UUID, command: Pause | Interrupt, code: str | None, session: AsyncSession) -> Job:
    """Stop the work of a technician, or of all who work on the job, for a reason."""
    job = await dispatching.known(job_id, session)
    running = await clocks.clocks_on(job, session)
    announce(session, *job.pause(running, command.reason, code))
    await clocks.keep(running, session)
    return job


async def finish_job(job_id: UUID, command: Finish, session: AsyncSession) -> Job:
    """The work is done and waits for its quality check."""
    job = await dispatching.known(job_id, session)
    (await terms_in_force(QualityTerms, job.store_id, session)).refuse_unsure(self_checked=command.self_checked)
    running = await clocks.clocks_on(job, session)
    announce(session, *job.finish(running, await _parts(job, session), command.cause, command.correction))
    await clocks.keep(running, session)
    if command.self_checked:
        session.add(JobCheck.made(job.id, job.store_id, job.rework_no, "self"))
    return job


async def leave_bay(job_id: UUID, session: AsyncSession) -> Job:
    """The car makes room while its work stands.  Refused: no_bay, illegal_transition."""
    job = await dispatching.known(job_id, session)
    job.leave_bay()
    return job


async def inspect_job(job_id: UUID, command: Inspect, inspector: str, session: AsyncSession) -> Job:
    """Record the final inspection by the user `inspector`.  Invalid: fault_code_mismatch, fault_owner_mismatch.  Refused:
    inspector_checked_it, team_check_missing, road_test_needed, after_note_missing, car_not_here, and what the job says."""
    failed = command.result == "failed"
    if failed != (command.fault_code is not None):
        raise Invalid("body.fault_code", "fault_code_mismatch", "A failed check names its fault, a passed one has none.")
    if failed != (command.fault_owner is not None):
        raise Invalid("body.fault_owner", "fault_owner_mismatch", "A failed check says whose fault it was.")
    order, job = await _order_and_job(job_id, session)
    order.refuse_work()
    await sublets.refuse_at_the_firm(order.id, session)
    terms, made = await terms_in_force(QualityTerms, job.store_id, session), await checks.made(job, session)
    refuse_inspector_who_checked(made, inspector)
    worked = (await session.scalars(select(Activity).where(Activity.job_id == job.id))).all()
    if command.fault_code is not None:
        fault = command.fault_owner, command.fault_cause
        inspection, failed_said = job.fail_inspection(inspector, worked, command.fault_code, command.remark, fault, terms)
        announce(session, failed_said)
    else:
        if job.state == "finished":
            terms.refuse_unchecked(made, repeated=job.repeated)
            terms.refuse_undriven(job.id, job.skill, command.road_test_km, repeated=job.repeated)
            await refuse_untold_order(job, session)
        inspection, passed, completed = job.pass_inspection(
            inspector, worked, command.remark, await agreed_shares(job, session), command.road_test_km, made
        )
        announce(session, passed, completed)
    session.add(inspection)
    return job


async def _order_and_job(job_id: UUID, session: AsyncSession) -> tuple[AuthorisedOrder, Job]:
    job = await dispatching.known(job_id, session)
    return await session.get_one(AuthorisedOrder, job.ro_id), job


async def _parts(job: Job, session: AsyncSession) -> Sequence[JobPart]:
    return (await session.scalars(select(JobPart).where(JobPart.job_id == job.id).order_by(JobPart.id))).all()
