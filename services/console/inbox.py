"""What the console hears: everything but how customers are reached, and what lies free on shelves (hints that change with every
reservation)."""

from uuid import UUID

from services.console.domain import MOVES_A_CAR, Car, Vehicle, ro_of
from services.console.handlers import facts
from shared.events import Event
from shared.events.reception import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentReminderDue,
    AppointmentRescheduled,
    CustomerMerged,
    EstimateIssued,
    InspectionCompleted,
    InvoiceCredited,
    LiabilityMoved,
    PaymentRefunded,
    PromiseChanged,
    SupplementDecided,
    VehicleFileOpened,
    VehicleIdentified,
    VehicleLentBack,
    VehicleOwnerChanged,
    VehicleTakenBack,
)
from shared.events.workshop import (
    CapacityChanged,
    JobReassigned,
    LabourClockedOff,
    LabourClockedOn,
    LabourCorrected,
    NoteWritten,
    PromiseAtRisk,
    QualityPassed,
    SafetyFindingOpened,
    SafetyFindingOverdue,
    SafetyFindingResolved,
    SafetyFindingVerified,
    SafetyRoundCompleted,
    SafetyRoundMissed,
    SafetyRoundOverdue,
    SubletFailed,
    SubletPassed,
    SubletReturned,
    SubletSent,
    SupplementProposed,
)
from shared.inbox import Hears, hears, stubs


def _car(event: Event) -> list[UUID]:
    return [ro_of(event)]


def _vehicle(event: VehicleIdentified) -> list[UUID]:
    return [event.about.subject]


_follow = hears(facts.follow_car, loads=[stubs(Car, _car)])
_keep = hears(facts.keep)

HEARS: dict[type[Event], Hears] = {
    **dict.fromkeys(MOVES_A_CAR, _follow),
    AppointmentBooked: _keep,
    AppointmentRescheduled: _keep,
    AppointmentCancelled: _keep,
    AppointmentNoShow: _keep,
    AppointmentReminderDue: _keep,
    CapacityChanged: _keep,
    JobReassigned: _keep,
    LabourClockedOn: _keep,
    NoteWritten: _keep,
    PromiseAtRisk: _keep,
    QualityPassed: _keep,
    SafetyFindingOpened: _keep,
    SafetyFindingOverdue: _keep,
    SafetyFindingResolved: _keep,
    SafetyFindingVerified: _keep,
    SafetyRoundCompleted: _keep,
    SafetyRoundMissed: _keep,
    SafetyRoundOverdue: _keep,
    LabourClockedOff: _keep,
    LabourCorrected: _keep,
    InspectionCompleted: _keep,
    EstimateIssued: _keep,
    SupplementProposed: _keep,
    SupplementDecided: _keep,
    PromiseChanged: _keep,
    SubletSent: _keep,
    SubletReturned: _keep,
    SubletFailed: _keep,
    SubletPassed: _keep,
    VehicleLentBack: _keep,
    VehicleTakenBack: _keep,
    InvoiceCredited: _keep,
    PaymentRefunded: _keep,
    LiabilityMoved: _keep,
    CustomerMerged: _keep,
    VehicleOwnerChanged: _keep,
    VehicleFileOpened: _keep,
    VehicleIdentified: hears(facts.identify_vehicle, loads=[stubs(Vehicle, _vehicle)]),
}
