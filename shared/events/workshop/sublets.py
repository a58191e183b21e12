"""What the workshop says of work that another firm does (外加工).  The subject is the sublet work (= the authorised line)."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event


class SubletSent(Event):
    """The car (`takes_car`), or a part of it, went to another firm; `cost_fen` is what it will ask, tax included."""

    type: ClassVar[str] = "workshop.sublet_sent.v1"
    ro_id: UUID
    op_code: str
    vendor: str
    cost_fen: int
    due_at: AwareDatetime
    takes_car: bool
    sent_at: AwareDatetime


class SubletReturned(Event):
    """It is back from the firm; not checked yet."""

    type: ClassVar[str] = "workshop.sublet_returned.v1"
    ro_id: UUID
    overdue: bool
    """Whether it came later than it was due."""
    returned_at: AwareDatetime


class SubletFailed(Event):
    """The house's own check found a fault: it goes to the firm again; `rework_no` counts from 1."""

    type: ClassVar[str] = "workshop.sublet_failed.v1"
    ro_id: UUID
    vendor: str
    fault_code: str
    inspector: str
    rework_no: int
    failed_at: AwareDatetime


class SubletPassed(Event):
    """The firm's work passed the house's own check; `cost_fen` is what the firm billed, `document_no` by which paper."""

    type: ClassVar[str] = "workshop.sublet_passed.v1"
    ro_id: UUID
    vendor: str
    cost_fen: int
    document_no: str
    inspector: str
    rework_no: int
    """How often it had failed before."""
    passed_at: AwareDatetime
