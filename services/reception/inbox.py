"""What reception hears, and what it does with it."""

from uuid import UUID

from services.reception.domain import CustomerComplaint, LineProgress, RepairOrder, VehicleSale
from services.reception.domain.progress import Told
from services.reception.handlers import complaints, progress, sales
from shared.events import Event
from shared.events.followup import ComplaintOpened
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.sales import VehicleSold
from shared.events.workshop import JobCompleted, JobDispatched, QualityFailed
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
    QualityFailed: _note_stage,
    JobCompleted: _note_stage,
    ComplaintOpened: hears(complaints.keep_complaint, loads=[stubs(CustomerComplaint, _subject)]),
    VehicleSold: hears(sales.keep_sale, loads=[stubs(VehicleSale, _subject)]),
}

DUE: list[DueWork] = []
