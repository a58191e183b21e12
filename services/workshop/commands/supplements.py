"""What can be proposed beside the agreed work."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Code, FlatHoursMilli, LongText, QuantityMilli

MOST_LINES = 50
"""Of one supplement."""


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
        tuple[Annotated[LabourFinding | PartFinding, Field(discriminator="kind")], ...],
        Field(min_length=1, max_length=MOST_LINES),
    ]
