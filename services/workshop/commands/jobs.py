"""What can be asked of a job."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from shared.fields import Body, Code, LongText, ShortText

RoadTestKm = Annotated[int, Field(strict=True, ge=1, le=500)]
HoldReason = Literal["wait_parts", "wait_approval", "wait_tool", "break", "end_of_shift", "other"]


class Dispatch(Body):
    """Give a job to a technician and a bay, by their codes."""

    technician: Code
    bay: Code
    reason_code: Code | None = None
    """Why something else is done than what was proposed: one of the store's policy `dispatch`."""
    reason: ShortText | None = None
    """The same in the dispatcher's words; they stay here."""


class Pause(Body):
    """Stop working on a job for a reason."""

    reason: HoldReason


class Interrupt(Body):
    """Stop the work on a job in its technician's absence, for a reason."""

    reason: HoldReason


class Finish(Body):
    """The work on a job is done: what was wrong, and what was done about it."""

    cause: LongText
    correction: LongText
    self_checked: StrictBool = False
    """The technician has checked their own work (自检)."""


class Inspect(Body):
    """The result of a quality check; a failed one names the fault."""

    result: Literal["passed", "failed"]
    fault_code: Code | None = None
    fault_cause: LongText | None = None
    fault_owner: Literal["technician", "parts", "diagnosis", "other"] | None = None
    """Whose fault it was; a failed check says so."""
    road_test_km: RoadTestKm | None = None
    """What was driven to check it."""
    remark: LongText | None = None


class CheckWork(Body):
    """A colleague looked at the work and found it good (互检); or the manager lets a job go on that failed too often."""

    remark: LongText | None = None
