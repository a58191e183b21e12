"""What can be asked of the workshop."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Code, LongText, ShortText

HoldReason = Literal["wait_parts", "wait_approval", "wait_tool", "break", "end_of_shift", "other"]


class AddTechnician(Body):
    """A technician joins the store; `user` is the subject of their access token, `skills` are trades like `mechanical`."""

    code: Code
    name: ShortText
    user: ShortText
    skills: Annotated[list[Code], Field(min_length=1, max_length=20)]


class AddBay(Body):
    """The store has one more bay; `kind` says what it is fit for, e.g. `lift`."""

    code: Code
    kind: Code


class Dispatch(Body):
    """Give a job to a technician and a bay, by their codes."""

    technician: Code
    bay: Code


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
