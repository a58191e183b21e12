"""The survey after a delivery: planned, opened when its moment comes, called for, answered."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.followup.domain.contacts import Contact
from services.followup.domain.policies import Terms
from services.followup.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Effect, OfStore, Stated, new_id
from shared.events.followup import SurveyAnswered, SurveyDue
from shared.events.reception import VehicleDelivered
from shared.refusal import Refused


class SurveyAttempt(Effect, OfStore, Base):
    """One logged call: who called when, and what came of it."""

    __tablename__ = "survey_attempts"
    __table_args__ = (Index(None, "survey_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    survey_id: Mapped[UUID] = mapped_column(ForeignKey("surveys.id"))
    outcome: Mapped[str]
    called_by: Mapped[str]
    at: Mapped[datetime]


class Survey(Aggregate, Stated, Base):
    """The question after a delivery; one per repair order, with the terms that were in force at delivery."""

    __tablename__ = "surveys"
    __table_args__ = (
        UniqueConstraint("ro_id", "kind"),
        CheckConstraint("state IN ('waiting', 'open', 'answered', 'void')", name="state"),
        CheckConstraint(
            "delivered_version = 0 OR num_nulls(ro_id, ro_no, customer_id, delivered_at, opens_at, due_at, low_below,"
            " complaint_due_after_s) = 0",
            name="filled",
        ),
        CheckConstraint("opens_at <= due_at", name="opens_before_due"),
        CheckConstraint("(state = 'answered') = (answered_at IS NOT NULL)", name="answered"),
        Index(None, "store_id", "state", "due_at", "id"),
        Index(None, "due_at", "id"),
        Index("ix_surveys_waiting", "opens_at", postgresql_where="state = 'waiting'"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {("waiting", "open"), ("open", "answered"), ("waiting", "void"), ("void", "waiting")}
    )
    kind: Mapped[str]
    delivered_epoch: Mapped[int]
    delivered_version: Mapped[int]
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    ro_no: Mapped[str] = mapped_column(nullable=True)
    customer_id: Mapped[UUID] = mapped_column(nullable=True)
    delivered_at: Mapped[datetime] = mapped_column(nullable=True)
    opens_at: Mapped[datetime] = mapped_column(nullable=True)
    due_at: Mapped[datetime] = mapped_column(nullable=True)
    low_below: Mapped[int] = mapped_column(nullable=True)
    complaint_due_after_s: Mapped[int] = mapped_column(nullable=True)
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policies.id"))
    opened_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    scores: Mapped[dict[str, Any] | None]
    """Question code -> score from 1 to 10."""
    lowest_score: Mapped[int | None]
    words: Mapped[str | None]
    """Personal: the customer's own words."""
    attempts: Mapped[list[SurveyAttempt]] = relationship(lazy="raise", order_by=SurveyAttempt.id)

    @staticmethod
    def id_for(ro_id: UUID) -> UUID:
        """The id of the survey after this repair order's delivery."""
        return uuid5(ro_id, "survey")

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "Survey":
        """A survey of whose delivery nothing was heard yet."""
        return cls(
            id=key,
            store_id=store_id,
            kind="after_delivery",
            state="void",
            state_seq=0,
            delivered_epoch=0,
            delivered_version=0,
        )

    def plan(self, delivery: VehicleDelivered, terms: Terms) -> None:
        """Follow the newest word on the delivery, which may also say that nobody shall be asked; it counts as long as the
        survey is not open."""
        if delivery.about.order <= (self.delivered_epoch, self.delivered_version) or self.state not in ("waiting", "void"):
            return
        self._take_over(delivery, terms)
        state = "void" if delivery.survey_excluded else "waiting"
        self.cause_id = cause().id
        if not self.state_seq:
            self.begin(state)
            return
        if state != self.state:
            self.move(state)
        self.version += 1

    def _take_over(self, delivery: VehicleDelivered, terms: Terms) -> None:
        self.ro_id, self.ro_no, self.customer_id = delivery.about.subject, delivery.ro_no, delivery.customer_id
        self.delivered_at = delivery.delivered_at
        self.delivered_epoch, self.delivered_version = delivery.about.order
        self.opens_at = delivery.delivered_at + terms.opens_after
        self.due_at = delivery.delivered_at + terms.due_after
        self.low_below, self.complaint_due_after_s = terms.low_below, int(terms.complaint_due_after.total_seconds())
        self.policy_id = terms.policy_id

    def open(self) -> SurveyDue:
        """The moment has come to ask."""
        self.move("open")
        self.opened_at = clock.now()
        return SurveyDue(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            customer_id=self.customer_id,
            opened_at=self.opened_at,
            due_at=self.due_at,
        )

    def attempt(self, outcome: str, contact: Contact | None) -> SurveyAttempt:
        """Note a call.  Refused: `survey_not_open`, and `no_consent` where the customer does not want to be called."""
        if self.state != "open":
            raise Refused("survey_not_open", "Calls are logged while the survey is open.", state=self.state)
        if contact and contact.unwilling:
            raise Refused("no_consent", "This customer does not want to be called; their own answer can be recorded.")
        self.version += 1
        return SurveyAttempt(
            store_id=self.store_id, survey_id=self.id, outcome=outcome, called_by=cause().actor, at=clock.now()
        )

    def answer(self, scores: dict[str, int], words: str | None) -> SurveyAnswered:
        """Keep what the customer says; `low` in the fact says that a complaint must be opened."""
        self.move("answered")
        self.scores, self.words = dict(scores), words
        self.lowest_score, self.answered_at = min(scores.values()), clock.now()
        return SurveyAnswered(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            customer_id=self.customer_id,
            scores=dict(scores),
            lowest_score=self.lowest_score,
            low=self.lowest_score < self.low_below,
            answered_at=self.answered_at,
        )
