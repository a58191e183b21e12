"""What the parts department says.  The subject of a fact about a repair order is its part line (the `ro_line_id`), and each
fact tells the line's whole stage; an offer's subject is the part's place in the store.  The newest one alone is enough."""

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
    """What a store can offer of a part, and at which price: said when the catalogue's entry or the free quantity has changed,
    at most once in a while.  A hint for estimates; only a reservation gives the part away."""

    type: ClassVar[str] = "parts.part_offered.v1"
    part_no: str
    name_zh: str
    name_en: str
    unit: str
    genuine: bool
    list_price_fen: int | None = None
    """Sales price of one whole unit with tax; None: no price is set."""
    free_milli: int
    """What a newcomer may have, in thousandths of the unit."""
    lead_time_days: int
    """How long the supplier takes for what is not there."""
    offered_at: AwareDatetime
