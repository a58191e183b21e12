"""What follow-up says: surveys and complaints.  Free text stays in its own database."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event

__all__ = ["ComplaintOpened", "SurveyAnswered", "SurveyDue"]


class SurveyDue(Event):
    """A survey opened and must be answered by `due_at` (72 hours after delivery by default).  Subject: the survey."""

    type: ClassVar[str] = "followup.survey_due.v1"
    ro_id: UUID
    customer_id: UUID
    opened_at: AwareDatetime
    due_at: AwareDatetime


class SurveyAnswered(Event):
    """The customer answered; scores run from 1 to 10, `low` says that a complaint was opened.  Subject: the survey."""

    type: ClassVar[str] = "followup.survey_answered.v1"
    ro_id: UUID
    customer_id: UUID
    scores: dict[str, int]
    lowest_score: int
    low: bool
    answered_at: AwareDatetime


class ComplaintOpened(Event):
    """A complaint was opened and must be solved by `due_at`.  Subject: the complaint."""

    type: ClassVar[str] = "followup.complaint_opened.v1"
    ro_id: UUID
    customer_id: UUID
    survey_id: UUID | None = None
    category: str
    opened_at: AwareDatetime
    due_at: AwareDatetime
