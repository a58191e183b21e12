"""Estimates, and what the customer agreed to."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events import Event, Part, Payer, PayerShare


class PayerAmount(Part):
    """What one payer would pay, or pays."""

    payer: Payer
    amount_fen: int


class EstimateIssued(Event):
    """A priced proposal was put to the customer: the first estimate, a newer version, or a supplement's price.
    Subject: the estimate."""

    type: ClassVar[str] = "reception.estimate_issued.v1"
    ro_id: UUID
    number: int
    supplement_id: UUID | None = None
    line_count: int
    total_fen: int
    payers: list[PayerAmount]
    valid_until: AwareDatetime | None = None
    issued_at: AwareDatetime


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
    deductible_fen: int = 0
    """What the customer pays of the line before its payers share the rest."""
    supplement_id: UUID | None = None
    """The supplement (增项) that brought the line."""


class AuthorisedService(Part):
    """An authorised line that no job carries out: work given to another firm, or paperwork done for the customer.  `code`: of
    sublet work the operation's, of agency insurance_renewal, annual_inspection, licence or finance."""

    ro_line_id: UUID
    kind: Literal["sublet", "agency"]
    code: str
    payers: list[PayerShare]
    amount_fen: int
    tax_bp: int
    deductible_fen: int = 0
    completed_at: AwareDatetime | None = None
    """When it was done; the order says its whole work anew then."""
    due_on: str | None = None
    """Day on which it was promised to be done, YYYY-MM-DD."""
    third_party_fen: int = 0
    """What of the amount is passed through to insurer, inspection or office: no sale of the house; `tax_bp` is within the
    rest."""


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
    services: list[AuthorisedService] = Field(default_factory=list)
    order_kind: str = "repair"
    appointment_id: UUID | None = None
    customer_waits: bool = False
    """Whether the customer waits in the lounge."""
    priority: Literal["normal", "urgent"] = "normal"
    """Urgent: the car was brought in by a rescue, or is back with what was repaired only lately."""
    member_tier: str | None = None
    """Tier of the customer's membership when the car came, as the house calls it; None: no member, or one without a tier."""
    ceiling_fen: int | None = None
    """What the work may cost in all without asking the customer again."""
    first_promised_at: AwareDatetime | None = None
    """The promise at the first agreement: what punctuality counts by."""


class LineDecision(Part):
    """What the customer decided about one line of a supplement, by the id that the workshop gave it; `not_offered`: the advisor
    did not put it to the customer."""

    line_id: UUID
    decision: Literal["approved", "declined", "deferred", "not_offered"]
    reason_code: str | None = None


class SupplementDecided(Event):
    """The customer decided about additional work (增项), line by line.  Subject: the supplement."""

    type: ClassVar[str] = "reception.supplement_decided.v1"
    ro_id: UUID
    job_id: UUID
    decisions: list[LineDecision]
    approved_fen: int
    channel: str
    decided_at: AwareDatetime
