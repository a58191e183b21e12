"""What can be asked of a job."""

from typing import Literal

from shared.fields import Body, Code, LongText, ShortText

HoldReason = Literal["wait_parts", "wait_approval", "wait_tool", "break", "end_of_shift", "other"]


class Dispatch(Body):
    """Give a job to a technician and a bay, by their codes."""

    technician: Code
    bay: Code
    reason_code: Code | None = None
    """Why something else is done than what was proposed, e.g. `customer_asked`, `knows_the_car`, `parts_late`."""
    reason: ShortText | None = None


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


class Inspect(Body):
    """The result of a quality check; a failed one names the fault."""

    result: Literal["passed", "failed"]
    fault_code: Code | None = None
    remark: LongText | None = None
