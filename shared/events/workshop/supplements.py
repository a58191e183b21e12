"""What the workshop finds beside the agreed work."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part


class SupplementLine(Part):
    """One piece of additional work that was found necessary.  A part line names the labour line that it serves: one of this
    supplement, or the job itself.  `finding` is the technician's sentence about the car."""

    line_id: UUID
    kind: Literal["labour", "part"]
    op_code: str | None = None
    part_no: str | None = None
    labour_line_id: UUID | None = None
    flat_hours_milli: int | None = None
    quantity_milli: int | None = None
    concern_code: str | None = None
    severity: Literal["safety", "soon", "advice"]
    """red, yellow, green"""
    finding: str
    finding_id: UUID | None = None
    """What on an inspection sheet led to it; null: it was met at work."""
    point: str | None = None
    """Where on the sheet, e.g. `pads-front`."""


class SupplementProposed(Event):
    """Work on a job showed that more is needed (增项); nobody does it before the customer agrees.  Subject: the supplement."""

    type: ClassVar[str] = "workshop.supplement_proposed.v1"
    ro_id: UUID
    job_id: UUID
    technician: str
    """Who found it, or, found by the inspection, to whom the job was given."""
    lines: list[SupplementLine]
    proposed_at: AwareDatetime
    inspector: str | None = None
    """Who found it at the final inspection; null: it was found while the car was worked on."""
