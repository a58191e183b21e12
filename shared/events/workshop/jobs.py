"""What the workshop says of its jobs: given out, sent back, completed."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events import Event, Part


class JobDispatched(Event):
    """A job was given to a technician and a bay."""

    type: ClassVar[str] = "workshop.job_dispatched.v1"
    ro_id: UUID
    technician: str
    bay: str
    dispatched_at: AwareDatetime


class JobSetBack(Event):
    """A job that was given out and not begun has no technician and no bay any more: it is given out again.  `reason_code`
    says why, e.g. `bay_out_of_order`."""

    type: ClassVar[str] = "workshop.job_set_back.v1"
    ro_id: UUID
    reason_code: str
    set_back_at: AwareDatetime


class JobReassigned(Event):
    """A job that somebody had was given to another technician or into another bay; `job_dispatched` says who has it now."""

    type: ClassVar[str] = "workshop.job_reassigned.v1"
    ro_id: UUID
    from_technician: str
    from_bay: str
    technician: str
    bay: str
    reason_code: str | None = None
    reassigned_at: AwareDatetime


class QualityFailed(Event):
    """The inspection sent the job back; `rework_no` counts from 1."""

    type: ClassVar[str] = "workshop.quality_failed.v1"
    ro_id: UUID
    rework_no: int
    fault_code: str
    inspector: str
    failed_at: AwareDatetime
    fault_owner: Literal["technician", "parts", "diagnosis", "other"] | None = None
    """Whose fault it was; null: not told."""
    needs_release: bool = False
    """It failed so often that nobody goes on with it before the manager says so."""


class QualityPassed(Event):
    """The final inspection found no fault."""

    type: ClassVar[str] = "workshop.quality_passed.v1"
    ro_id: UUID
    rework_no: int
    """How often it had failed before."""
    inspector: str
    road_tested: bool
    passed_at: AwareDatetime
    checks: dict[str, str] = Field(default_factory=dict)
    """By level (self, team, release), who checked this round of work before; none told: nobody, or an older release."""


class TechnicianShare(Part):
    """What one technician worked on the job."""

    technician: str
    worked_minutes: int
    share_bp: int = 0
    """Of the job's sold hours; 0 for all: not told."""


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
    comeback_of: UUID | None = None
    """The job for the same concern of the same car, not long ago, that did not last (外返)."""
