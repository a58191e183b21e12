"""What the parts department says.  The subject is the part line of the repair order (its `ro_line_id`) unless a fact says
otherwise, and each tells the whole stage of its subject, so that the newest one alone is enough."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event

__all__ = ["PartOffered", "PartsBackordered", "PartsIssued", "PartsReserved"]


class PartsReserved(Event):
    """The line's whole quantity lies reserved on the shelf."""

    type: ClassVar[str] = "parts.parts_reserved.v1"
    ro_id: UUID
    job_id: UUID
    part_no: str
    quantity_milli: int
    reserved_at: AwareDatetime


class PartsBackordered(Event):
    """The shelf cannot meet the line; `eta_at` is when the supplier is expected, if known."""

    type: ClassVar[str] = "parts.parts_backordered.v1"
    ro_id: UUID
    job_id: UUID
    part_no: str
    quantity_milli: int
    short_milli: int
    eta_at: AwareDatetime | None = None
    backordered_at: AwareDatetime


class PartsIssued(Event):
    """The parts were handed to the job; `cost_fen` is what they cost us, for the whole quantity."""

    type: ClassVar[str] = "parts.parts_issued.v1"
    ro_id: UUID
    job_id: UUID
    part_no: str
    quantity_milli: int
    cost_fen: int
    issued_at: AwareDatetime


class PartOffered(Event):
    """What a part costs the customer in this store, and how much of it is free.  Subject: the part's place in the store."""

    type: ClassVar[str] = "parts.part_offered.v1"
    part_no: str
    name_zh: str
    name_en: str
    unit: str
    price_fen: int
    """Retail price with tax of one whole unit."""
    free_milli: int
    """On the shelf, reserved for nobody, awaited by nobody."""
    lead_time_days: int
    """How long a delivery takes when the shelf is empty."""
    offered_at: AwareDatetime
