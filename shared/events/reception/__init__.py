"""What reception says: from the booking to the handed-over key.  One file per subject."""

from shared.events.reception.appointments import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentReminderDue,
    AppointmentRescheduled,
    NeededHours,
)
from shared.events.reception.customers import (
    ContactChanged,
    CustomerMerged,
    VehicleFileOpened,
    VehicleIdentified,
    VehicleOwnerChanged,
)
from shared.events.reception.estimates import (
    AuthorisedLine,
    AuthorisedService,
    EstimateIssued,
    LineDecision,
    PayerAmount,
    SupplementDecided,
    WorkAuthorised,
)
from shared.events.reception.invoices import InvoiceCredited, InvoiceIssued, PaymentReceived, PaymentRefunded
from shared.events.reception.members import LiabilityLeg, LiabilityMoved
from shared.events.reception.orders import (
    InspectionCompleted,
    PromiseChanged,
    RepairOrderCancelled,
    VehicleCheckedIn,
    VehicleDelivered,
    VehicleLentBack,
    VehicleTakenBack,
)

__all__ = [
    "AppointmentBooked", "AppointmentCancelled", "AppointmentNoShow", "AppointmentReminderDue", "AppointmentRescheduled",
    "AuthorisedLine", "AuthorisedService", "ContactChanged", "CustomerMerged", "EstimateIssued", "InspectionCompleted",
    "InvoiceCredited", "InvoiceIssued", "LiabilityLeg", "LiabilityMoved", "LineDecision", "NeededHours", "PayerAmount",
    "PaymentReceived", "PaymentRefunded", "PromiseChanged", "RepairOrderCancelled", "SupplementDecided", "VehicleCheckedIn",
    "VehicleDelivered", "VehicleFileOpened", "VehicleIdentified", "VehicleLentBack", "VehicleOwnerChanged", "VehicleTakenBack",
    "WorkAuthorised",
]  # fmt: skip
