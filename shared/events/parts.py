"""What the parts department says.  The subject of every fact is the part line of the repair order (its `ro_line_id`), and
each fact tells the line's whole stage, so that the newest one alone is enough."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event

__all__ = ["PartsBackordered", "PartsIssued", "PartsReserved"]


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
