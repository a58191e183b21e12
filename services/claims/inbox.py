"""What claims hears, what it does with it, and the rows it needs for that."""

from uuid import UUID

from services.claims.domain import AuthorisedOrder, Claim, Vehicle, WarrantyLine
from services.claims.handlers import repairs
from shared.events import Event
from shared.events.parts import PartsIssued
from shared.events.reception import VehicleDelivered, VehicleIdentified, WorkAuthorised
from shared.events.workshop import JobCompleted
from shared.inbox import Hears, hears, stubs


def _subject(event: Event) -> list[UUID]:
    """The repair order, job, part line or vehicle that the fact is about."""
    return [event.about.subject]


def _order(event: JobCompleted | PartsIssued) -> list[UUID]:
    """The repair order that the job or the part belongs to: who holds it has the order's claims to itself."""
    return [event.ro_id]


HEARS: dict[type[Event], Hears] = {
    VehicleIdentified: hears(repairs.identify_vehicle, loads=[stubs(Vehicle, _subject)]),
    WorkAuthorised: hears(
        repairs.expect_claims,
        loads=[
            stubs(AuthorisedOrder, _subject),
            stubs(Claim, repairs.warranty_jobs),
            stubs(WarrantyLine, repairs.warranty_line_ids),
        ],
    ),
    PartsIssued: hears(
        repairs.note_issue,
        loads=[
            stubs(AuthorisedOrder, _order),
            stubs(Claim, lambda event: [event.job_id]),
            stubs(WarrantyLine, _subject),
        ],
    ),
    JobCompleted: hears(repairs.draft_claim, loads=[stubs(AuthorisedOrder, _order), stubs(Claim, _subject)]),
    VehicleDelivered: hears(repairs.mark_delivered, loads=[stubs(AuthorisedOrder, _subject)]),
}
