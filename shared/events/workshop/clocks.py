"""What the workshop says of its technicians' clocks.  Subject: the job."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event


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
    supervisor corrects afterwards is not said again."""

    type: ClassVar[str] = "workshop.labour_clocked_off.v1"
    ro_id: UUID
    activity_id: UUID
    technician: str
    kind: Literal["job", "rework"]
    at: AwareDatetime
    worked_minutes: int
    because: str
    automatically: bool
