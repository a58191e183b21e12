"""What can be written on an inspection sheet, and proposed from it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.fields import Body, Code, FlatHoursMilli, LongText, Measured, QuantityMilli

Remark = Annotated[LongText, StringConstraints(max_length=500)]


class AnswerPoint(Body):
    """What was seen at one point."""

    point: Code
    colour: Literal["green", "yellow", "red", "not_checked"]
    value: Measured | None = None
    """Measured, in the point's unit."""
    remark: Remark | None = None
    reason: Remark | None = None
    """Why the value means another colour here, why it was not measured, or not checked."""


class AnswerPoints(Body):
    """All of these, or none."""

    answers: Annotated[tuple[AnswerPoint, ...], Field(min_length=1, max_length=60)]


class PartToPropose(Body):
    """A part that is needed to put it right."""

    part_no: Code
    quantity_milli: QuantityMilli


class ProposeFinding(Body):
    """One finding to propose; what is left out is as the template suggests."""

    point: Code
    finding: Remark | None = None
    """What was seen, in plain words; the remark, when left out."""
    op_code: Code | None = None
    flat_hours_milli: FlatHoursMilli | None = None
    parts: Annotated[tuple[PartToPropose, ...], Field(max_length=10)] | None = None
    concern_code: Code | None = None


class ProposeFindings(Body):
    """These become one supplement; what is not named stays as advice."""

    findings: Annotated[tuple[ProposeFinding, ...], Field(min_length=1, max_length=50)]
