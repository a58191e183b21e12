"""Proposing who does what next, and recording what was done against the proposal."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
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
    JobPart,
    Outage,
    PromiseWatch,
    Technician,
)
from services.workshop.domain.dispatching import (
    FreeBay,
    FreeHand,
    Lost,
    Proposed,
    ReadyJob,
    Seen,
    propose,
    skipped,
)
from services.workshop.domain.overruling import Overruled
from services.workshop.domain.states import IN_A_BAY, TO_GIVE_OUT, UNAUTHORISED
from services.workshop.handlers import equipment, shop_floor, technicians
from services.workshop.handlers.outages import refuse_out_of_order
from services.workshop.handlers.promises import MISSING, QUEUED, WAITS, minutes_left
from services.workshop.handlers.sublets import at_the_firm, refuse_at_the_firm
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Unknown
from shared.settings import stores


@dataclass(frozen=True, slots=True)
class Floor:
    """What is there to be given out, by whom and where it can be done, and what should be done with it."""

    jobs: Sequence[ReadyJob]
    hands: Sequence[FreeHand]
    bays: Sequence[FreeBay]
    proposed: Sequence[Proposed]


@dataclass(frozen=True, slots=True)
class NotGiven:
    """A pair that was seen and does not hold any more: why, and what is proposed for the job since."""

    job_id: UUID
    technician: str
    bay: str
    why: Lost
    proposed_technician: str | None
    proposed_bay: str | None


async def proposal(store_id: str, session: AsyncSession) -> Sequence[Proposed]:
    """What the store's dispatcher should do next with the cars that are here, best first; see the rule in the domain."""
    return (await _floor(store_id, session)).proposed


async def _floor(store_id: str, session: AsyncSession) -> Floor:
    terms = await terms_in_force(DispatchTerms, store_id, session)
    jobs = await equipment.with_tools(store_id, await _to_give_out(store_id, session), session)
    hands = await _hands(store_id, await shop_floor.there(store_id, clock.now(), session), jobs, session)
    bays = await _bays(store_id, await shop_floor.usable_bays(store_id, clock.now(), session), jobs, session)
    return Floor(jobs, hands, bays, propose(jobs, hands, bays, terms, clock.now()))


async def _to_give_out(store_id: str, session: AsyncSession) -> list[ReadyJob]:
    """What is ready, and what was begun, waits for nothing and has no bay in which it could go on; of the cars that are
    here."""
    rows = await session.execute(
        select(Job, AuthorisedOrder, PromiseWatch.predicted_at)
        .join(AuthorisedOrder, AuthorisedOrder.id == Job.ro_id)
        .outerjoin(PromiseWatch, PromiseWatch.job_id == Job.id)
        .where(Job.store_id == store_id, or_(Job.state == "ready", _begun_without_bay()))
    )
    elsewhere = set(await session.scalars(at_the_firm(store_id)))
    found = [
        (job, order, predicted_at)
        for job, order, predicted_at in rows
        if not order.lent_back and order.id not in elsewhere and job.authorised >= order.authorised
    ]
    left = await minutes_left([(job.id, job.state, job.flat_hours_milli) for job, _, _ in found], session)
    return [_ready(job, order, left[job.id], predicted_at) for job, order, predicted_at in found]


def _begun_without_bay() -> ColumnElement[bool]:
    """Work that `start` would refuse for want of a bay, and for nothing else."""
    down = select(Outage.id).where(
        Outage.store_id == Job.store_id, Outage.bay == Job.bay, Outage.ended_at.is_(None), Outage.from_at <= clock.now()
    )
    return and_(
        Job.state.in_(("paused", "failed")),
        or_(Job.bay.is_(None), down.exists()),
        ~WAITS,
        ~select(JobPart.id).where(JobPart.job_id == Job.id, MISSING).exists(),
    )


async def known(job_id: UUID, session: AsyncSession) -> Job:
    """A job that the door has locked; Unknown while only others have spoken of its line."""
    job = await session.get_one(Job, job_id)
    if job.state == UNAUTHORISED:
        raise Unknown("job")
    return job


async def dispatch_job(job_id: UUID, command: GiveOut, session: AsyncSession) -> Job:
    """Give the job to a technician and a bay of its store; Invalid where the store has no such technician or bay, or there is
    no such reason.  Refused: reason_needed, certificate_missing, left_the_store, bay_out_of_order, car_not_here, and what the
    job says."""
    job = await known(job_id, session)
    (await terms_in_force(DispatchTerms, job.store_id, session)).refuse_unlisted(command.reason_code)
    return await _give(job, command, await _floor(job.store_id, session) if job.state in TO_GIVE_OUT else None, session)


async def accept_proposal(store_id: str, command: AcceptProposal, session: AsyncSession) -> tuple[list[Job], list[NotGiven]]:
    """Give out the pairs that were seen (left out: the first that are proposed) as far as they still are what is proposed once
    all are locked, and say of the others why not; all of them by one proposal, since each that is given out changes the
    next.  Invalid('job_repeated')."""
    wanted = await _wanted(store_id, command, session)
    await _lock(Job, (Job.store_id == store_id) & Job.id.in_(wanted), session)
    await _lock(Bay, (Bay.store_id == store_id) & Bay.code.in_([each.bay for each in wanted.values()]), session)
    codes = [each.technician for each in wanted.values()]
    await _lock(Technician, (Technician.store_id == store_id) & Technician.code.in_(codes), session)
    floor, given, not_given = await _floor(store_id, session), list[Job](), list[NotGiven]()
    now = {each.job.id: each for each in floor.proposed}
    for seen in wanted.values():
        current = now.get(seen.job_id)
        if why := seen.lost(current):
            instead = (current.technician, current.bay) if current else (None, None)
            not_given.append(NotGiven(seen.job_id, seen.technician, seen.bay, why, *instead))
            continue
        job = await session.get_one(Job, seen.job_id)
        given.append(await _give(job, GiveOut(technician=seen.technician, bay=seen.bay), floor, session))
        await session.flush()
    return given, not_given


async def _wanted(store_id: str, command: AcceptProposal, session: AsyncSession) -> dict[UUID, Seen]:
    if command.seen is None:
        first = _pairs(await proposal(store_id, session))[: command.most]
        return {each.job_id: each for each in first}
    wanted = {each.job_id: Seen(**each.model_dump()) for each in command.seen}
    if len(wanted) < len(command.seen):
        raise Invalid("body.seen", "job_repeated", "A job is given out once.")
    return wanted


def _pairs(proposed: Sequence[Proposed]) -> list[Seen]:
    return [Seen(each.job.id, each.technician, each.bay, each.job.version) for each in proposed if each.technician and each.bay]


async def _lock(model: type[Job | Bay | Technician], which: ColumnElement[bool], session: AsyncSession) -> None:
    """In the order of keys, as they stand now."""
    rows = select(model).where(which).order_by(model.id).with_for_update()
    await session.execute(rows.execution_options(populate_existing=True))


async def _give(job: Job, command: GiveOut, floor: Floor | None, session: AsyncSession) -> Job:
    bay, technician = await _named(job, command, session)
    (await session.get_one(AuthorisedOrder, job.ro_id, populate_existing=True)).refuse_work()
    await refuse_at_the_firm(job.ro_id, session)
    occupant = await session.scalar(
        select(Job.id).where(Job.store_id == job.store_id, Job.bay == bay.code, Job.state.in_(IN_A_BAY), Job.id != job.id)
    )
    terms = await terms_in_force(DispatchTerms, job.store_id, session)
    overruled = await _overruled(job, technician, bay, floor, terms, session)
    said = job.dispatch(technician, bay, occupant, command.reason_code)
    certificates = await terms_in_force(CertificateTerms, job.store_id, session)
    certificates.refuse_uncertified(technician, job.skill, job.op_code, clock.day_in(stores()[job.store_id].time_zone))
    overruled.refuse_unexplained(command.reason_code, terms)
    announce(session, *said)
    session.add(_recorded(job, command, _proposed_for(job, floor), overruled))
    return job


async def _named(job: Job, command: GiveOut, session: AsyncSession) -> tuple[Bay, Technician]:
    """The bay and the technician that were asked for, locked, and both to be had."""
    bay = await session.scalar(select(Bay).where(Bay.store_id == job.store_id, Bay.code == command.bay).with_for_update())
    if bay is None:
        raise Invalid("body.bay", "unknown_bay", "The store has no such bay.")
    technician = await technicians.locked(job.store_id, command.technician, session)
    if technician is None:
        raise Invalid("body.technician", "unknown_technician", "The store has no such technician.")
    technician.refuse_gone(clock.day_in(stores()[job.store_id].time_zone))
    await refuse_out_of_order(job.store_id, bay.code, session)
    return bay, technician


async def _overruled(
    job: Job, technician: Technician, bay: Bay, floor: Floor | None, terms: DispatchTerms, session: AsyncSession
) -> Overruled:
    waiting = await session.scalar(
        select(func.count()).where(
            Job.store_id == job.store_id, Job.technician == technician.code, Job.state == "dispatched", Job.id != job.id
        )
    )
    over: list[Proposed] = []
    if floor is not None:
        hands = [each for each in floor.hands if each.code == technician.code]
        places = [each for each in floor.bays if each.code == bay.code]
        [hand] = hands or await _hands(job.store_id, [technician], floor.jobs, session)
        [place] = places or await _bays(job.store_id, [bay], floor.jobs, session)
        over = skipped(floor.proposed, job.id, hand, place, floor.bays)
    own, kinds = _proposed_for(job, floor), {each.code: each.kind for each in floor.bays} if floor else {}
    pair = (own.technician, kinds.get(own.bay or "")) if own and own.technician else None
    capacity = await terms_in_force(CapacityTerms, job.store_id, session)
    fits = bay.code == job.bay or bool(capacity.may_use(job.skill, [bay.kind]))
    new = job.technician != technician.code
    return Overruled(
        skipped=over,
        instead_of=own if pair not in (None, (technician.code, bay.kind)) else None,
        taken_from=job.technician if new else None,
        taken_as_proposed=pair is not None and pair[0] == technician.code,
        waiting_jobs=waiting or 0,
        too_many=new and (waiting or 0) >= terms.most_waiting_jobs,
        unfit_kind=None if fits else bay.kind,
    )


def _proposed_for(job: Job, floor: Floor | None) -> Proposed | None:
    return next((each for each in floor.proposed if each.job.id == job.id), None) if floor else None


def _recorded(job: Job, command: GiveOut, own: Proposed | None, overruled: Overruled) -> Dispatch:
    return Dispatch(
        id=new_id(),
        store_id=job.store_id,
        job_id=job.id,
        technician=command.technician,
        bay=command.bay,
        dispatched_by=cause().actor,
        dispatched_at=clock.now(),
        proposed_technician=own.technician if own else None,
        proposed_bay=own.bay if own else None,
        skipped=overruled.jobs_skipped,
        taken_from=overruled.taken_from,
        waiting_jobs=overruled.waiting_jobs,
        reason_code=command.reason_code,
        reason=command.reason,
    )


def _ready(job: Job, order: AuthorisedOrder, minutes: int, predicted_at: datetime | None) -> ReadyJob:
    return ReadyJob(
        id=job.id,
        version=job.version,
        ro_no=job.ro_no,
        skill=job.skill,
        op_code=job.op_code,
        minutes=minutes,
        promised_at=job.promised_at,
        ready_since=job.state_since or clock.now(),
        customer_waits=order.customer_waits,
        urgent=order.priority == "urgent",
        tier=order.member_tier,
        begun_by=job.technician,
        predicted_at=predicted_at,
    )


async def _hands(
    store_id: str, people: Iterable[Technician], jobs: Sequence[ReadyJob], session: AsyncSession
) -> list[FreeHand]:
    certificates = await terms_in_force(CertificateTerms, store_id, session)
    today = clock.day_in(stores()[store_id].time_zone)
    given: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    queue = select(Job.technician, Job.id, Job.state, Job.flat_hours_milli).where(
        Job.store_id == store_id, Job.state.in_(QUEUED), Job.id.not_in([job.id for job in jobs])
    )
    queued = (await session.execute(queue)).all()
    left = await minutes_left([(id, state, hours_milli) for _, id, state, hours_milli in queued], session)
    for code, id, state, _ in queued:
        given[code or ""].append((state, left[id]))
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
        for each in people
    ]


async def _bays(store_id: str, bays: Iterable[Bay], jobs: Sequence[ReadyJob], session: AsyncSession) -> list[FreeBay]:
    terms = await terms_in_force(CapacityTerms, store_id, session)
    skills = {job.skill for job in jobs}
    found = []
    for bay in bays:
        fitting = frozenset(skill for skill in skills if terms.may_use(skill, [bay.kind]))
        found.append(FreeBay(bay.code, bay.kind, None if fitting == skills else fitting))
    return found
