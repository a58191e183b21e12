"""What reception hears, and what it does with it."""

from uuid import UUID

from services.reception.domain import CustomerComplaint, LineProgress
from services.reception.handlers import complaints, progress
from shared.events import Event
from shared.events.followup import ComplaintOpened
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.workshop import JobCompleted, JobDispatched, QualityFailed
from shared.inbox import Hears, hears, stubs


def _subject(event: Event) -> list[UUID]:
    """The part line, the job (= labour line) or the complaint that the fact is about."""
    return [event.about.subject]


HEARS: dict[type[Event], Hears] = {
    PartsReserved: hears(progress.mark_reserved, loads=[stubs(LineProgress, _subject)]),
    PartsBackordered: hears(progress.mark_backordered, loads=[stubs(LineProgress, _subject)]),
    PartsIssued: hears(progress.mark_issued, loads=[stubs(LineProgress, _subject)]),
    JobDispatched: hears(progress.mark_dispatched, loads=[stubs(LineProgress, _subject)]),
    QualityFailed: hears(progress.mark_reworked, loads=[stubs(LineProgress, _subject)]),
    JobCompleted: hears(progress.mark_completed, loads=[stubs(LineProgress, _subject)]),
    ComplaintOpened: hears(complaints.keep_complaint, loads=[stubs(CustomerComplaint, _subject)]),
}
