"""The complaint: opened by a low score, closed by a satisfied customer."""

from datetime import datetime, timedelta
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.followup.domain.surveys import Survey
from services.followup.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Stated, new_id
from shared.events.followup import ComplaintOpened


class Complaint(Aggregate, Stated, Base):
    """Something that must be put right, until the customer is satisfied."""

    __tablename__ = "complaints"
    __table_args__ = (
        UniqueConstraint("survey_id"),
        CheckConstraint("state IN ('new', 'contacted', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (solution IS NOT NULL)", name="closed"),
        Index(None, "store_id", "state", "due_at", "id"),
        Index(None, "due_at", "id"),
        Index(None, "ro_id"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset({("new", "contacted"), ("contacted", "closed")})
    ro_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    survey_id: Mapped[UUID | None] = mapped_column(ForeignKey("surveys.id"))
    category: Mapped[str]
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    contacted_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    solution: Mapped[str | None]
    """Personal: what was done, in the agent's words."""

    @classmethod
    def over(cls, survey: Survey) -> "Complaint":
        """The complaint that a low score opens."""
        opened_at = clock.now()
        complaint = cls(
            id=new_id(),
            store_id=survey.store_id,
            ro_id=survey.ro_id,
            customer_id=survey.customer_id,
            survey_id=survey.id,
            category="low_score",
            opened_at=opened_at,
            due_at=opened_at + timedelta(seconds=survey.complaint_due_after_s),
        )
        complaint.begin("new")
        return complaint

    def opened(self) -> ComplaintOpened:
        """What is said of it."""
        return ComplaintOpened(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            customer_id=self.customer_id,
            survey_id=self.survey_id,
            category=self.category,
            opened_at=self.opened_at,
            due_at=self.due_at,
        )

    def contact(self) -> None:
        """The customer was told that somebody takes care."""
        self.move("contacted")
        self.contacted_at = clock.now()
        self.version += 1

    def close(self, solution: str) -> None:
        """The customer is satisfied with the solution."""
        self.move("closed")
        self.solution, self.closed_at = solution, clock.now()
        self.version += 1
