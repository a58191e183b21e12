"""Proposing who does what next, and recording what was done against the proposal."""

from collections import defaultdict
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.jobs import Dispatch as GiveOut
from services.workshop.domain import (
    AuthorisedOrder,
    CapacityTerms,
    CertificateTerms,
    Dispatch,
    DispatchTerms,
    Job,
)
from services.workshop.domain.dispatching import FreeBay, FreeHand, Proposed, ReadyJob, propose, refuse_unexplained, skipped
from services.workshop.handlers import shop_floor
from services.workshop.handlers.promises import QUEUED, minutes_of
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.policies import terms_in_force
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


async def record_dispatch(job: Job, command: GiveOut, proposed: Sequence[Proposed], session: AsyncSession) -> None:
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
