"""What can be asked of follow-up."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Code, LongText, Score

Outcome = Literal["reached", "no_answer", "busy", "wrong_number", "call_back", "declined"]


class LogAttempt(Body):
    """Note that the customer was called, and what came of it."""

    outcome: Outcome


class AnswerSurvey(Body):
    """Record the customer's answer: a score from 1 to 10 per question, and the customer's own words."""

    scores: Annotated[dict[Code, Score], Field(min_length=1, max_length=10)]
    words: LongText | None = None


class ContactCustomer(Body):
    """Note that the customer was told that the complaint is being worked on."""


class CloseComplaint(Body):
    """Close a complaint with what was done about it; only a satisfied customer ends it."""

    solution: LongText
    customer_satisfied: Literal[True]
