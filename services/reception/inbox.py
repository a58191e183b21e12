"""What reception hears, and what it does with it."""

from uuid import UUID

from services.reception.domain import (
    Appointment,
    CapacitySlot,
    CustomerComplaint,
    LineProgress,
    Member,
    PartOffer,
    PromiseRisk,
    RepairOrder,
    Supplement,
    VehicleSale,
    WorkshopNote,
)
from services.reception.domain.progress import Told
from services.reception.handlers import (
    appointments,
    capacities,
    complaints,
    members,
    notes,
    offers,
    progress,
    promises,
    sales,
    services,
    supplements,
)
from shared.events import Event
from shared.events.followup import ComplaintOpened
from shared.events.parts import PartOffered, PartsBackordered, PartsIssued, PartsReserved
from shared.events.sales import VehicleSold
from shared.events.workshop import (
    CapacityChanged,
    JobCompleted,
    JobDispatched,
    JobSetBack,
    NoteWritten,
    PromiseAtRisk,
    QualityFailed,
    SubletFailed,
    SubletPassed,
    SubletReturned,
    SubletSent,
    SupplementProposed,
)
from shared.inbox import Hears, hears, locked, stubs
from shared.schedule import DueWork


def _subject(event: Event) -> list[UUID]:
    """The part line, the job (= labour line), the complaint or the sale that the fact is about."""
    return [event.about.subject]


def _order(event: Told) -> list[UUID]:
    """The repair order whose line came further: held, so that of the last two facts heard at once one sees the other."""
    return [event.ro_id]


_note_stage = hears(progress.note_stage, loads=[stubs(LineProgress, _subject), locked(RepairOrder, _order)])

HEARS: dict[type[Event], Hears] = {
    PartsReserved: _note_stage,
    PartsBackordered: _note_stage,
    PartsIssued: _note_stage,
    JobDispatched: _note_stage,
    JobSetBack: _note_stage,
    QualityFailed: _note_stage,
    JobCompleted: _note_stage,
    SubletSent: _note_stage,
    SubletReturned: _note_stage,
    SubletFailed: _note_stage,
    SubletPassed: hears(services.note_sublet, loads=[stubs(LineProgress, _subject), locked(RepairOrder, _order)]),
    PromiseAtRisk: hears(promises.note_risk, loads=[stubs(PromiseRisk, _subject)]),
    CapacityChanged: hears(capacities.note_capacity, loads=[stubs(CapacitySlot, _subject)]),
    PartOffered: hears(offers.note_offer, loads=[stubs(PartOffer, _subject)]),
    SupplementProposed: hears(supplements.keep_supplement, loads=[stubs(Supplement, _subject)]),
    NoteWritten: hears(notes.keep_note, loads=[stubs(WorkshopNote, _subject)]),
    ComplaintOpened: hears(complaints.keep_complaint, loads=[stubs(CustomerComplaint, _subject)]),
    VehicleSold: hears(sales.keep_sale, loads=[stubs(VehicleSale, _subject)]),
}

DUE = [
    DueWork("expire", Appointment, Appointment.held_until, waiting=lambda: Appointment.state == "held", do=appointments.expire),
    DueWork(
        "remind",
        Appointment,
        Appointment.remind_at,
        waiting=lambda: (Appointment.state == "confirmed") & Appointment.reminded_at.is_(None),
        do=appointments.remind,
    ),
    DueWork(
        "mark_no_show",
        Appointment,
        Appointment.no_show_at,
        waiting=lambda: Appointment.state == "confirmed",
        do=appointments.mark_no_show,
    ),
    DueWork("expire_holdings", Member, Member.next_expiry_at, waiting=lambda: Member.merged_into.is_(None), do=members.expire),
]
