"""Where a car stands, as the newest facts tell it: one pure function, so that any order of hearing gives one answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from shared.events import Event
from shared.events.claims import ClaimDecided, ClaimPaid, ClaimSubmitted
from shared.events.followup import ComplaintOpened, SurveyAnswered, SurveyDue
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import (
    InvoiceIssued,
    PaymentReceived,
    RepairOrderCancelled,
    VehicleCheckedIn,
    VehicleDelivered,
    WorkAuthorised,
)
from shared.events.workshop import JobCompleted, JobDispatched, JobSetBack, QualityFailed

MOVES_A_CAR: tuple[type[Event], ...] = (
    VehicleCheckedIn, WorkAuthorised, PartsReserved, PartsBackordered, PartsIssued, JobDispatched, JobSetBack,
    QualityFailed, JobCompleted, InvoiceIssued, PaymentReceived, VehicleDelivered, RepairOrderCancelled, SurveyDue,
    SurveyAnswered, ComplaintOpened, ClaimSubmitted, ClaimDecided, ClaimPaid,
)  # fmt: skip
"""The facts that a car on the board learns; all others are only kept."""
Stage = Literal[
    "checked_in",
    "authorised",
    "waiting_parts",
    "ready",
    "in_work",
    "rework",
    "completed",
    "settled",
    "delivered",
    "surveyed",
    "cancelled",
]
E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Told:
    """A fact and when it was heard."""

    fact: Event
    heard_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """What the board shows of a car; moments are aware, money is fen."""

    stage: Stage
    since: datetime
    ro_no: str | None = None
    vehicle_id: UUID | None = None
    advisor: str | None = None
    promised_at: datetime | None = None
    arrived_at: datetime | None = None
    delivered_at: datetime | None = None
    technicians: tuple[str, ...] = ()
    """Who works, or worked last, on each job."""
    short_lines: int = 0
    """Part lines that wait for the supplier."""
    eta_at: datetime | None = None
    """When the last of them is expected; None when one has no date."""
    reworks: int = 0
    complaint: bool = False
    lowest_score: int | None = None
    claimed_fen: int = 0
    claims_open: int = 0
    claims_paid: int = 0


class _Known:
    """The newest facts of one repair order, sorted by what they are about."""

    def __init__(self, told: Sequence[Told]) -> None:
        self.told = told

    def all(self, kind: type[E]) -> list[E]:
        return [told.fact for told in self.told if isinstance(told.fact, kind)]

    def one(self, kind: type[E]) -> E | None:
        return next(iter(self.all(kind)), None)

    def newest_of_each(self, *kinds: type[Event]) -> dict[UUID, Event]:
        """By subject, the newest fact among these kinds."""
        newest: dict[UUID, Event] = {}
        for told in self.told:
            fact = told.fact
            if isinstance(fact, kinds):
                known = newest.get(fact.about.subject)
                if known is None or fact.about.order > known.about.order:
                    newest[fact.about.subject] = fact
        return newest

    def heard_at(self, fact: Event | None) -> datetime:
        return next((told.heard_at for told in self.told if told.fact is fact), min(told.heard_at for told in self.told))


def standing(told: Sequence[Told]) -> Standing:
    """Where the car stands; `told` has the newest fact of each kind and subject, at least one."""
    known = _Known(told)
    arrived, authorised = known.one(VehicleCheckedIn), known.one(WorkAuthorised)
    delivered, answered = known.one(VehicleDelivered), known.one(SurveyAnswered)
    jobs, parts = _of_the_work(known, authorised)
    short = [fact for fact in parts if isinstance(fact, PartsBackordered)]
    etas = [fact.eta_at for fact in short]
    stage, since = _stage(known, authorised, jobs, parts)
    vehicle = next((fact.vehicle_id for fact in (authorised, arrived, delivered) if fact), None)
    paid = {fact.about.subject for fact in known.all(ClaimPaid) if fact.open_fen == 0}
    claims = {fact.about.subject: fact.claimed_fen for fact in known.all(ClaimSubmitted)}
    claims |= {fact.about.subject: fact.claimed_fen for fact in known.all(ClaimDecided)}
    return Standing(
        stage=stage,
        since=since,
        ro_no=next((fact.ro_no for fact in (authorised, delivered) if fact), None),
        vehicle_id=vehicle,
        advisor=arrived.advisor if arrived else None,
        promised_at=authorised.promised_at if authorised else arrived.promised_at if arrived else None,
        arrived_at=arrived.checked_in_at if arrived else None,
        delivered_at=delivered.delivered_at if delivered else None,
        technicians=tuple(sorted({fact.technician for fact in known.all(JobDispatched)})),
        short_lines=len(short),
        eta_at=max((eta for eta in etas if eta), default=None) if None not in etas else None,
        reworks=sum(fact.rework_no for fact in known.all(QualityFailed)),
        complaint=known.one(ComplaintOpened) is not None,
        lowest_score=answered.lowest_score if answered else None,
        claimed_fen=sum(claims.values()),
        claims_open=len(claims.keys() - paid - _rejected(known)),
        claims_paid=len(paid),
    )


def _rejected(known: _Known) -> set[UUID]:
    return {fact.about.subject for fact in known.all(ClaimDecided) if fact.outcome == "rejected"}


def _of_the_work(known: _Known, authorised: WorkAuthorised | None) -> tuple[list[Event | None], list[Event | None]]:
    """The newest fact (None = none yet) of each job and of each part line; once work is authorised, of its lines only."""
    jobs = known.newest_of_each(JobDispatched, JobSetBack, QualityFailed, JobCompleted)
    parts = known.newest_of_each(PartsReserved, PartsBackordered, PartsIssued)
    if authorised is None:
        return [*jobs.values()], [*parts.values()]
    return (
        [jobs.get(line.ro_line_id) for line in authorised.lines if line.kind == "labour"],
        [parts.get(line.ro_line_id) for line in authorised.lines if line.kind == "part"],
    )


def _stage(
    known: _Known, authorised: WorkAuthorised | None, jobs: Sequence[Event | None], parts: Sequence[Event | None]
) -> tuple[Stage, datetime]:
    """The stage and since when: the furthest that the facts prove."""
    if delivered := known.one(VehicleDelivered):
        answered = known.one(SurveyAnswered)
        return ("surveyed", answered.answered_at) if answered else ("delivered", delivered.delivered_at)
    if cancelled := known.one(RepairOrderCancelled):
        return "cancelled", cancelled.cancelled_at
    if invoices := known.all(InvoiceIssued):
        return "settled", max(fact.issued_at for fact in invoices)
    services = [service.completed_at for service in authorised.services] if authorised else []
    done = [at for at in services if at]
    if authorised and all(isinstance(fact, JobCompleted) for fact in jobs):
        if len(done) == len(services) and (jobs or ((parts or services) and _all_issued(parts))):
            return "completed", max([_latest(jobs or parts, max(done, default=known.heard_at(authorised))), *done])
        if jobs:
            return "in_work", _latest(jobs, known.heard_at(authorised))
    if failed := [fact.failed_at for fact in jobs if isinstance(fact, QualityFailed)]:
        return "rework", min(failed)
    if begun := [fact.dispatched_at for fact in jobs if isinstance(fact, JobDispatched)]:
        return "in_work", min(begun)
    if short := [fact.backordered_at for fact in parts if isinstance(fact, PartsBackordered)]:
        return "waiting_parts", min(short)
    if authorised is None:
        arrived = known.one(VehicleCheckedIn)
        return "checked_in", arrived.checked_in_at if arrived else known.heard_at(None)
    if None in parts:
        return "authorised", known.heard_at(authorised)
    return "ready", _latest(parts, known.heard_at(authorised))


def _all_issued(parts: Iterable[Event | None]) -> bool:
    return all(isinstance(fact, PartsIssued) for fact in parts)


def _latest(facts: Iterable[Event | None], otherwise: datetime) -> datetime:
    return max((moment for fact in facts if (moment := _moment(fact))), default=otherwise)


def _moment(fact: Event | None) -> datetime | None:
    match fact:
        case JobCompleted():
            return fact.completed_at
        case PartsReserved():
            return fact.reserved_at
        case PartsIssued():
            return fact.issued_at
    return None
