"""What the workshop says of its technicians' clocks.  Subject: the job."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part


class LabourClockedOn(Event):
    """A technician's clock runs for the job from now on."""

    type: ClassVar[str] = "workshop.labour_clocked_on.v1"
    ro_id: UUID
    activity_id: UUID
    technician: str
    kind: Literal["job", "rework"]
    at: AwareDatetime


class LabourClockedOff(Event):
    """A technician's clock stopped for the job; `automatically`: it was forgotten, and a supervisor will look at it.  What a
    supervisor corrects afterwards is told by `labour_corrected`."""

    type: ClassVar[str] = "workshop.labour_clocked_off.v1"
    ro_id: UUID
    activity_id: UUID
    technician: str
    kind: Literal["job", "rework"]
    at: AwareDatetime
    worked_minutes: int
    because: str
    automatically: bool


class CountedWork(Part):
    """A stretch of work on the job."""

    activity_id: UUID
    kind: Literal["job", "rework"]
    started_at: AwareDatetime
    ended_at: AwareDatetime
    worked_minutes: int


class LabourCorrected(Event):
    """A supervisor corrected a technician's attendance: `activities` are all that count of it for the job from now on (none:
    nothing does), in place of those that are `superseded`."""

    type: ClassVar[str] = "workshop.labour_corrected.v1"
    ro_id: UUID
    correction_id: UUID
    technician: str
    superseded: list[UUID]
    activities: list[CountedWork]
    corrected_at: AwareDatetime
