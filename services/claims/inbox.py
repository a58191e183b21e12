"""What claims hears, what it does with it, and the rows it needs for that."""

from uuid import UUID

from services.claims.domain import Claim, ClaimLine, RepairOrder, Vehicle
from services.claims.handlers import repairs
from shared.events import Event
from shared.events.parts import PartsIssued
from shared.events.reception import VehicleDelivered, VehicleIdentified, WorkAuthorised
from shared.events.workshop import JobCompleted
from shared.inbox import Hears, hears, stubs


def _subject(event: Event) -> list[UUID]:
    """The repair order, job, part line or vehicle that the fact is about."""
    return [event.about.subject]


HEARS: dict[type[Event], Hears] = {
    VehicleIdentified: hears(repairs.identify_vehicle, loads=[stubs(Vehicle, _subject)]),
    WorkAuthorised: hears(
        repairs.expect_claims,
        loads=[
            stubs(RepairOrder, _subject),
            stubs(Claim, repairs.warranty_jobs),
            stubs(ClaimLine, repairs.warranty_line_ids),
        ],
    ),
    PartsIssued: hears(repairs.note_issue, loads=[stubs(ClaimLine, _subject)]),
    JobCompleted: hears(repairs.draft_claim, loads=[stubs(Claim, _subject)]),
    VehicleDelivered: hears(repairs.mark_delivered, loads=[stubs(RepairOrder, _subject)]),
}
