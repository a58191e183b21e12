"""What the workshop says.  The subject is the job (= the authorised labour line) unless the fact says otherwise."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part

__all__ = [
    "CapacityChanged", "JobCompleted", "JobDispatched", "QualityFailed", "SupplementLine", "SupplementProposed",
    "TechnicianShare",
]  # fmt: skip


class JobDispatched(Event):
    """A job was given to a technician and a bay."""

    type: ClassVar[str] = "workshop.job_dispatched.v1"
    ro_id: UUID
    technician: str
    bay: str
    dispatched_at: AwareDatetime


class QualityFailed(Event):
    """The inspection sent the job back; `rework_no` counts from 1."""

    type: ClassVar[str] = "workshop.quality_failed.v1"
    ro_id: UUID
    rework_no: int
    fault_code: str
    inspector: str
    failed_at: AwareDatetime


class TechnicianShare(Part):
    """What one technician worked on the job."""

    technician: str
    worked_minutes: int


class JobCompleted(Event):
    """The job passed its quality check.  `cause` and `correction` are the technician's words about the car (3C)."""

    type: ClassVar[str] = "workshop.job_completed.v1"
    ro_id: UUID
    op_code: str
    cause: str
    correction: str
    actual_minutes: int
    reworks: int
    shares: list[TechnicianShare]
    inspector: str
    completed_at: AwareDatetime


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


class SupplementProposed(Event):
    """Work on a job showed that more is needed (增项); nobody does it before the customer agrees.  Subject: the supplement."""

    type: ClassVar[str] = "workshop.supplement_proposed.v1"
    ro_id: UUID
    job_id: UUID
    technician: str
    lines: list[SupplementLine]
    proposed_at: AwareDatetime


class CapacityChanged(Event):
    """What one skill in one group of bays can take on a day.  Subject: the store's capacity of that day, skill and group."""

    type: ClassVar[str] = "workshop.capacity_changed.v1"
    day: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    skill: str
    bay_group: str
    offered_hours_milli: int
    """Hours that may be sold: shifts × availability, less what is planned otherwise."""
    loaded_hours_milli: int
    """Of these, taken by work that came without an appointment."""
    changed_at: AwareDatetime
