"""What reception says: from the car's arrival to the handed-over key."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events import Event, Part, Payer, PayerShare

__all__ = [
    "AuthorisedLine", "ContactChanged", "InvoiceIssued", "PaymentReceived", "VehicleCheckedIn", "VehicleDelivered",
    "VehicleIdentified", "WorkAuthorised",
]  # fmt: skip


class VehicleCheckedIn(Event):
    """A car was received and its repair order opened as a draft.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_checked_in.v1"
    vehicle_id: UUID
    customer_id: UUID
    advisor: str
    odometer_km: int
    fuel_bp: int
    damage_marks: int
    checked_in_at: AwareDatetime
    promised_at: AwareDatetime | None = None


class AuthorisedLine(Part):
    """One line of the authorised work.  `ro_line_id` of a labour line is the id of the job that carries it out;
    every part line names the labour line that it serves."""

    ro_line_id: UUID
    kind: Literal["labour", "part"]
    op_code: str | None = None
    part_no: str | None = None
    labour_line_id: UUID | None = None
    flat_hours_milli: int | None = None
    quantity_milli: int | None = None
    concern_code: str | None = None
    payers: list[PayerShare]
    amount_fen: int
    tax_bp: int


class WorkAuthorised(Event):
    """The customer agreed; the work may begin.  Carries the whole authorised version.  Subject: the repair order."""

    type: ClassVar[str] = "reception.work_authorised.v1"
    ro_no: str
    vehicle_id: UUID
    customer_id: UUID
    opened_on: Annotated[str, Field(description="the check-in's calendar day in the store's zone, YYYY-MM-DD")]
    odometer_km: int
    promised_at: AwareDatetime
    lines: list[AuthorisedLine]


class InvoiceIssued(Event):
    """One payer's invoice of a repair order.  Subject: the invoice."""

    type: ClassVar[str] = "reception.invoice_issued.v1"
    ro_id: UUID
    invoice_no: str
    payer: Payer
    amount_fen: int
    issued_at: AwareDatetime


class PaymentReceived(Event):
    """Money came in; `paid_fen` is all money for this invoice so far, `on_account_fen` the part of `open_fen` that was agreed
    to come later.  Subject: the invoice."""

    type: ClassVar[str] = "reception.payment_received.v1"
    ro_id: UUID
    payment_id: UUID
    method: str
    amount_fen: int
    paid_fen: int
    open_fen: int
    on_account_fen: int = 0
    received_at: AwareDatetime


class VehicleDelivered(Event):
    """The key was handed over.  Subject: the repair order."""

    type: ClassVar[str] = "reception.vehicle_delivered.v1"
    ro_no: str
    vehicle_id: UUID
    customer_id: UUID
    odometer_km: int
    delivered_at: AwareDatetime
    survey_excluded: bool = False


class VehicleIdentified(Event):
    """Personal.  The whole identity of a vehicle as the group knows it now.  Subject: the vehicle."""

    type: ClassVar[str] = "reception.vehicle_identified.v1"
    personal: ClassVar[bool] = True
    hearers: ClassVar[frozenset[str]] = frozenset({"workshop", "claims", "console"})
    vin: str
    plate: str
    brand: str
    model: str
    nature: str
    in_service_on: str | None = None


class ContactChanged(Event):
    """Personal.  How a customer may be reached now.  Subject: the customer."""

    type: ClassVar[str] = "reception.contact_changed.v1"
    personal: ClassVar[bool] = True
    hearers: ClassVar[frozenset[str]] = frozenset({"followup"})
    name: str
    phone: str
    channel: str
    consent: bool
