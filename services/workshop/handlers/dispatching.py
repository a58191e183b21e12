"""Proposing who does what next, and recording what was done against the proposal."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.dispatching import AcceptProposal
from services.workshop.commands.jobs import Dispatch as GiveOut
from services.workshop.domain import (
    AuthorisedOrder,
    Bay,
    CapacityTerms,
    CertificateTerms,
    Dispatch,
    DispatchTerms,
    Job,
    Technician,
)
from services.workshop.domain.dispatching import FreeBay, FreeHand, Proposed, ReadyJob, propose, refuse_unexplained, skipped
from services.workshop.domain.states import IN_A_BAY, UNAUTHORISED
from services.workshop.handlers import shop_floor, technicians
from services.workshop.handlers.outages import refuse_out_of_order
from services.workshop.handlers.promises import QUEUED, minutes_of
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Unknown
from shared.settings import stores


async def proposal(store_id: str, session: AsyncSession) -> list[Proposed]:
    """What the store's dispatcher should do next, best first; see the rule in the domain."""
    terms = await terms_in_force(DispatchTerms, store_id, session)
    rows = await session.execute(
        select(Job, AuthorisedOrder)
        .join(AuthorisedOrder, AuthorisedOrder.id == Job.ro_id)
        .where(Job.store_id == store_id, Job.state == "ready")
    )
    jobs = [_ready(job, order) for job, order in rows]
    return propose(jobs, await _hands(store_id, jobs, session), await _bays(store_id, jobs, session), terms, clock.now())


async def known(job_id: UUID, session: AsyncSession) -> Job:
    """A job that the door has locked; Unknown while only others have spoken of its line."""
    job = await session.get_one(Job, job_id)
    if job.state == UNAUTHORISED:
        raise Unknown("job")
    return job


async def dispatch_job(job_id: UUID, command: GiveOut, session: AsyncSession) -> Job:
    """Give the job to a technician and a bay of its store; Invalid where the store has no such technician or bay.  Refused:
    reason_needed, left_the_store, bay_out_of_order, and what the job says."""
    job = await known(job_id, session)
    return await _give(job, command, await proposal(job.store_id, session) if job.state == "ready" else None, session)


async def accept_proposal(store_id: str, command: AcceptProposal, session: AsyncSession) -> list[Job]:
    """Give out the first jobs as proposed, as far as they still are what the proposal saw once all are locked; all of them
    by one proposal, since each that is given out changes the next."""
    wanted = {each.job.id: each for each in _pairs(await proposal(store_id, session))[: command.most]}
    await _lock(Job, Job.id.in_(wanted), session)
    await _lock(Bay, (Bay.store_id == store_id) & Bay.code.in_([each.bay for each in wanted.values()]), session)
    codes = [each.technician for each in wanted.values()]
    await _lock(Technician, (Technician.store_id == store_id) & Technician.code.in_(codes), session)
    proposed, given = await proposal(store_id, session), []
    for each in _pairs(proposed):
        if (before := wanted.get(each.job.id)) and each.same_pair(before):
            job = await session.get_one(Job, each.job.id)
            command_ = GiveOut(technician=each.technician or "", bay=each.bay or "")
            given.append(await _give(job, command_, proposed, session))
            await session.flush()
    return given


def _pairs(proposed: Sequence[Proposed]) -> list[Proposed]:
    return [each for each in proposed if each.technician is not None]


async def _lock(model: type[Job | Bay | Technician], which: ColumnElement[bool], session: AsyncSession) -> None:
    """In the order of keys, as they stand now."""
    rows = select(model).where(which).order_by(model.id).with_for_update()
    await session.execute(rows.execution_options(populate_existing=True))


async def _give(job: Job, command: GiveOut, proposed: Sequence[Proposed] | None, session: AsyncSession) -> Job:
    bay = await session.scalar(select(Bay).where(Bay.store_id == job.store_id, Bay.code == command.bay).with_for_update())
    if bay is None:
        raise Invalid("body.bay", "unknown_bay", "The store has no such bay.")
    technician = await technicians.locked(job.store_id, command.technician, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    technician.refuse_gone(clock.day_in(stores()[job.store_id].time_zone))
    await refuse_out_of_order(job.store_id, bay.code, session)
    occupant = await session.scalar(
        select(Job.id).where(Job.store_id == job.store_id, Job.bay == bay.code, Job.state.in_(IN_A_BAY), Job.id != job.id)
    )
    if proposed is not None:
        await _record(job, command, proposed, session)
    announce(session, *job.dispatch(technician, bay, occupant, command.reason_code))
    return job


async def _record(job: Job, command: GiveOut, proposed: Sequence[Proposed], session: AsyncSession) -> None:
    """Keep what was proposed and why something else was done.  Refused('reason_needed')."""
    over = skipped(proposed, job.id, command.technician, command.bay)
    refuse_unexplained(over, command.reason_code, await terms_in_force(DispatchTerms, job.store_id, session))
    own = next((each for each in proposed if each.job.id == job.id), None)
    session.add(
        Dispatch(
            id=new_id(),
            store_id=job.store_id,
            job_id=job.id,
            technician=command.technician,
            bay=command.bay,
            dispatched_by=cause().actor,
            dispatched_at=clock.now(),
            proposed_technician=own.technician if own else None,
            proposed_bay=own.bay if own else None,
            skipped=[{"job_id": str(each.job.id), "ro_no": each.job.ro_no} for each in over],
            reason_code=command.reason_code,
            reason=command.reason,
        )
    )


def _ready(job: Job, order: AuthorisedOrder) -> ReadyJob:
    return ReadyJob(
        id=job.id,
        version=job.version,
        ro_no=job.ro_no,
        skill=job.skill,
        op_code=job.op_code,
        minutes=minutes_of(job.flat_hours_milli),
        promised_at=job.promised_at,
        ready_since=job.state_since or clock.now(),
        customer_waits=order.customer_waits,
        urgent=order.priority == "urgent",
    )


async def _hands(store_id: str, jobs: Sequence[ReadyJob], session: AsyncSession) -> list[FreeHand]:
    certificates = await terms_in_force(CertificateTerms, store_id, session)
    today = clock.day_in(stores()[store_id].time_zone)
    given: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    queue = select(Job.technician, Job.state, Job.flat_hours_milli).where(Job.store_id == store_id, Job.state.in_(QUEUED))
    for code, state, hours_milli in await session.execute(queue):
        given[code or ""].append((state, minutes_of(hours_milli)))
    wanted = {(job.skill, job.op_code) for job in jobs}
    return [
        FreeHand(
            code=each.code,
            skills=frozenset(each.skills),
            works=any(state == "working" for state, _ in given[each.code]),
            waiting_jobs=sum(state == "dispatched" for state, _ in given[each.code]),
            queue_minutes=sum(minutes for _, minutes in given[each.code]),
            lacks=frozenset(op for skill, op in wanted if certificates.missing(each, skill, op, today)),
        )
        for each in await shop_floor.there(store_id, clock.now(), session)
    ]


async def _bays(store_id: str, jobs: Sequence[ReadyJob], session: AsyncSession) -> list[FreeBay]:
    terms = await terms_in_force(CapacityTerms, store_id, session)
    skills = {job.skill for job in jobs}
    bays = await shop_floor.usable_bays(store_id, clock.now(), session)
    found = []
    for bay in bays:
        fitting = frozenset(skill for skill in skills if terms.may_use(skill, [bay.kind]))
        found.append(FreeBay(bay.code, bay.kind, None if fitting == skills else fitting))
    return found
