"""What can be said in a round."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Code, Day, LongText, ShortText

MeasuredMilli = Annotated[int, Field(strict=True, ge=-(10**9), le=10**9)]
"""In thousandths of the item's unit."""


class Answer(Body):
    """What one item is like.  Of what is `not_ok`: how bad, what to do, who puts it right (who answers, when left out) by which
    day of the store (by the policy `rounds`, when left out)."""

    item: Code
    result: Literal["ok", "not_ok", "not_applicable"]
    remark: LongText | None = None
    measured_milli: MeasuredMilli | None = None
    severity: Literal["danger", "serious", "minor"] | None = None
    to_do: LongText | None = None
    owner: ShortText | None = None
    due_on: Day | None = None


class AnswerItems(Body):
    """Some items were looked at; who looks again, answers again."""

    answers: Annotated[tuple[Answer, ...], Field(min_length=1, max_length=100)]


class CompleteRound(Body):
    """All items were looked at, those that are named here just now."""

    answers: Annotated[tuple[Answer, ...], Field(max_length=100)] = ()
