"""What the workshop hears, what it does with it, and the rows it needs for that."""

from sqlalchemy import true

from services.workshop import handlers
from services.workshop.domain import (
    Attendance,
    AuthorisedOrder,
    BookedHours,
    Capacity,
    CapacityPlan,
    Job,
    JobPart,
    Outage,
    PromiseWatch,
    RoundPlan,
    SafetyFinding,
    SafetyRound,
    Sublet,
    Supplement,
    Vehicle,
)
from shared.events import Event, parts, reception
from shared.inbox import Hears, hears, stubs
from shared.schedule import DueWork

_told = hears(
    handlers.note_stage,
    loads=[
        stubs(AuthorisedOrder, lambda told: [told.ro_id]),
        stubs(JobPart, lambda told: [told.about.subject]),
        stubs(Job, lambda told: [told.job_id]),
    ],
)
_appointed = hears(handlers.note_appointment, loads=[stubs(BookedHours, lambda told: [told.about.subject])])
_lent = hears(handlers.note_lending, loads=[stubs(AuthorisedOrder, lambda told: [told.about.subject])])

HEARS: dict[type[Event], Hears] = {
    reception.WorkAuthorised: hears(
        handlers.open_jobs,
        loads=[
            stubs(AuthorisedOrder, lambda authorised: [authorised.about.subject]),
            stubs(JobPart, handlers.part_line_ids),
            stubs(Job, handlers.labour_line_ids),
            stubs(Sublet, handlers.sublet_line_ids),
        ],
    ),
    reception.VehicleDelivered: hears(
        handlers.close_jobs, loads=[stubs(AuthorisedOrder, lambda delivered: [delivered.about.subject])]
    ),
    reception.RepairOrderCancelled: hears(
        handlers.close_jobs, loads=[stubs(AuthorisedOrder, lambda cancelled: [cancelled.about.subject])]
    ),
    reception.PromiseChanged: hears(
        handlers.note_promise, loads=[stubs(AuthorisedOrder, lambda changed: [changed.about.subject])]
    ),
    reception.VehicleIdentified: hears(
        handlers.know_vehicle, loads=[stubs(Vehicle, lambda identified: [identified.about.subject])]
    ),
    reception.SupplementDecided: hears(
        handlers.note_decision,
        loads=[
            stubs(AuthorisedOrder, lambda decided: [decided.ro_id]),
            stubs(Supplement, lambda decided: [decided.about.subject]),
        ],
    ),
    reception.EstimateIssued: hears(
        handlers.note_price,
        loads=[
            stubs(AuthorisedOrder, lambda issued: [issued.ro_id] if issued.supplement_id else []),
            stubs(Supplement, lambda issued: [issued.supplement_id] if issued.supplement_id else []),
        ],
    ),
    reception.AppointmentBooked: _appointed,
    reception.AppointmentRescheduled: _appointed,
    reception.AppointmentCancelled: _appointed,
    reception.AppointmentNoShow: _appointed,
    reception.VehicleLentBack: _lent,
    reception.VehicleTakenBack: _lent,
    parts.PartsReserved: _told,
    parts.PartsBackordered: _told,
    parts.PartsIssued: _told,
}

DUE = [
    DueWork("plan_store", CapacityPlan, CapacityPlan.plan_at, waiting=true, do=handlers.plan_store),
    DueWork("begin_outage", Outage, Outage.from_at, waiting=lambda: Outage.begun_at.is_(None), do=handlers.begin_outage),
    DueWork(
        "review_load", Capacity, Capacity.review_at, waiting=lambda: Capacity.review_at.is_not(None), do=handlers.review_load
    ),
    DueWork(
        "review_promise",
        PromiseWatch,
        PromiseWatch.review_at,
        waiting=lambda: PromiseWatch.review_at.is_not(None),
        do=handlers.review_promise,
    ),
    DueWork(
        "close_forgotten",
        Attendance,
        Attendance.closes_at,
        waiting=lambda: Attendance.left_at.is_(None),
        do=handlers.close_forgotten,
    ),
    DueWork("open_rounds", RoundPlan, RoundPlan.open_at, waiting=true, do=handlers.open_rounds),
    DueWork(
        "note_overdue", SafetyRound, SafetyRound.due_at, waiting=lambda: SafetyRound.state == "open", do=handlers.note_overdue
    ),
    DueWork(
        "note_finding_overdue",
        SafetyFinding,
        SafetyFinding.overdue_at,
        waiting=lambda: (SafetyFinding.state == "open") & ~SafetyFinding.overdue_said,
        do=handlers.note_finding_overdue,
    ),
]
