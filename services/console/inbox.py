"""What the console hears: everything but how customers are reached."""

from uuid import UUID

from services.console.domain import Car, Vehicle, ro_of
from services.console.handlers import facts
from shared.events import Event
from shared.events.claims import ClaimDecided, ClaimPaid, ClaimSubmitted
from shared.events.followup import ComplaintOpened, SurveyAnswered, SurveyDue
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import (
    InvoiceIssued,
    PaymentReceived,
    VehicleCheckedIn,
    VehicleDelivered,
    VehicleIdentified,
    WorkAuthorised,
)
from shared.events.workshop import JobCompleted, JobDispatched, QualityFailed
from shared.inbox import Hears, hears, stubs


def _car(event: Event) -> list[UUID]:
    return [ro_of(event)]


def _vehicle(event: VehicleIdentified) -> list[UUID]:
    return [event.about.subject]


_follow = hears(facts.follow_car, loads=[stubs(Car, _car)])

HEARS: dict[type[Event], Hears] = {
    VehicleCheckedIn: _follow,
    WorkAuthorised: _follow,
    PartsReserved: _follow,
    PartsBackordered: _follow,
    PartsIssued: _follow,
    JobDispatched: _follow,
    QualityFailed: _follow,
    JobCompleted: _follow,
    InvoiceIssued: _follow,
    PaymentReceived: _follow,
    VehicleDelivered: _follow,
    SurveyDue: _follow,
    SurveyAnswered: _follow,
    ComplaintOpened: _follow,
    ClaimSubmitted: _follow,
    ClaimDecided: _follow,
    ClaimPaid: _follow,
    VehicleIdentified: hears(facts.identify_vehicle, loads=[stubs(Vehicle, _vehicle)]),
}
