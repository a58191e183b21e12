"""What can be asked of the workshop."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import BasisPoints, Body, Code, Day, FlatHoursMilli, HoursMilli, LongText, QuantityMilli, ShortText

Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]
Grade = Literal["apprentice", "technician", "senior", "master", "foreman"]
"""学徒, 技师, 高级技师, 技术专家, 班组长."""
HoldReason = Literal["wait_parts", "wait_approval", "wait_tool", "break", "end_of_shift", "other"]


class Certificate(Body):
    """What a technician may do by examination; valid on `valid_until_on` too, for good when left out."""

    code: Code
    valid_until_on: Day | None = None


class AddTechnician(Body):
    """A technician joins the store; `user` is the subject of their access token, `skills` are trades like `mechanical`."""

    code: Code
    name: ShortText
    user: ShortText
    skills: Annotated[list[Code], Field(min_length=1, max_length=20)]
    grade: Grade = "technician"
    counts_bp: BasisPoints | None = None
    """Left out: an apprentice and a foreman 5,000, all others 10,000."""
    certificates: Annotated[tuple[Certificate, ...], Field(max_length=20)] = ()


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


class _Finding(Body):
    finding: LongText
    """What was seen, in plain words about the car."""
    severity: Literal["safety", "soon", "advice"]
    """red, yellow, green"""
    concern_code: Code | None = None


class LabourFinding(_Finding):
    """A labour operation that is needed; `ref` is the name by which parts of this supplement refer to it."""

    kind: Literal["labour"]
    ref: Code
    op_code: Code
    flat_hours_milli: FlatHoursMilli


class PartFinding(_Finding):
    """A part that is needed: for an operation of this supplement, or (`serves` left out) for the job itself."""

    kind: Literal["part"]
    serves: Code | None = None
    part_no: Code
    quantity_milli: QuantityMilli


class ProposeSupplement(Body):
    """Work on the job showed that more is needed."""

    lines: Annotated[
        tuple[Annotated[LabourFinding | PartFinding, Field(discriminator="kind")], ...], Field(min_length=1, max_length=50)
    ]


class OfferedHours(Body):
    """Hours of one skill in one group of bays (the bays' kind) that may be sold a day."""

    skill: Code
    bay_group: Code
    hours_milli: HoursMilli


class PlanCapacity(Body):
    """Offer the same hours on these weekdays (1 = Monday … 7 = Sunday) of a range of days, both included."""

    from_on: Day
    until_on: Day
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = frozenset(range(1, 8))
    lines: Annotated[tuple[OfferedHours, ...], Field(min_length=1, max_length=50)]
