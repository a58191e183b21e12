"""Findings of rounds (整改项): who puts what right by when, whether they did, and whether somebody else saw that they did."""

from datetime import date, datetime, timedelta
from typing import ClassVar, Literal, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.checklists import Kind
from services.workshop.domain.rounds import RoundAnswer, SafetyRound, Severity
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Effect, OfStore, Stated, new_id
from shared.events.workshop import (
    SafetyFindingOpened,
    SafetyFindingOverdue,
    SafetyFindingResolved,
    SafetyFindingVerified,
)
from shared.refusal import Refused

Step = Literal["assigned", "resolved", "verified", "reopened"]


class SafetyFinding(Stated, Aggregate, Base):
    """What was not ok in a round.

    open -> resolved by its owner or a manager -> verified by somebody else; from both back to open, with another day.  The
    steps with their words are rows of their own.
    """

    __tablename__ = "safety_findings"
    __table_args__ = (
        Index("ix_safety_findings_store_id", "store_id", "id"),
        Index("ix_safety_findings_round_id", "round_id"),
        Index("ix_safety_findings_overdue_at", "overdue_at", postgresql_where=text("state = 'open' AND NOT overdue_said")),
        CheckConstraint("state IN ('open', 'resolved', 'verified')", name="state"),
        CheckConstraint("severity IN ('danger', 'serious', 'minor')", name="severity"),
        CheckConstraint("(state = 'open') = (resolved_by IS NULL)", name="resolved"),
        CheckConstraint("(state = 'verified') = (verified_by IS NOT NULL)", name="verified"),
        CheckConstraint("verified_by IS NULL OR verified_by <> resolved_by", name="four_eyes"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {("open", "resolved"), ("resolved", "verified"), ("resolved", "open"), ("verified", "open")}
    )
    round_id: Mapped[UUID] = mapped_column(ForeignKey("safety_rounds.id"))
    checklist: Mapped[str]
    kind: Mapped[Kind] = mapped_column(Text())
    item: Mapped[str]
    severity: Mapped[Severity] = mapped_column(Text())
    remark: Mapped[str | None]
    to_do: Mapped[str]
    owner: Mapped[str]
    due_on: Mapped[date]
    overdue_at: Mapped[datetime]
    """When the day is over in the store."""
    overdue_said: Mapped[bool]
    reopened: Mapped[int]
    opened_at: Mapped[datetime]
    resolved_by: Mapped[str | None]
    resolved_at: Mapped[datetime | None]
    verified_by: Mapped[str | None]
    verified_at: Mapped[datetime | None]

    @classmethod
    def of(cls, round_: SafetyRound, answer: RoundAnswer, time_zone: str, days: int) -> Self:
        """Of an item that is not ok; put right by who found it, and so many days later, where nobody said otherwise."""
        found = cls(
            store_id=round_.store_id,
            round_id=round_.id,
            checklist=round_.code,
            kind=round_.kind,
            item=answer.item,
            severity=answer.severity,
            remark=answer.remark,
            to_do=answer.to_do,
            owner=answer.owner or answer.answered_by,
            reopened=0,
            opened_at=clock.now(),
        )
        found._due(answer.due_on or clock.day_in(time_zone) + timedelta(days=days), time_zone)
        found.begin("open")
        return found

    @property
    def overdue(self) -> bool:
        """Whether its day is over, and nobody has put it right."""
        return self.state == "open" and self.overdue_at <= clock.now()

    def open(self) -> SafetyFindingOpened:
        """Tell of it, for the first time or anew."""
        return SafetyFindingOpened(
            about=self.next_version(),
            round_id=self.round_id,
            kind=self.kind,
            item=self.item,
            severity=self.severity,
            due_on=self.due_on.isoformat(),
            reopenings=self.reopened,
            opened_at=clock.now(),
        )

    def assign(self, owner: str, due_on: date, time_zone: str) -> None:
        """Somebody puts it right by another day.  Refused('illegal_transition') unless it is open."""
        if self.state != "open":
            raise Refused("illegal_transition", "Only what is open is put right.", state=self.state)
        self.owner = owner
        if due_on != self.due_on:
            self._due(due_on, time_zone)
        self.version += 1

    def resolve(self, user: str, *, manages: bool) -> SafetyFindingResolved:
        """It was put right.  Refused: somebody_else_answers, illegal_transition."""
        if user != self.owner and not manages:
            raise Refused("somebody_else_answers", "Its owner or a manager says that it was put right.")
        self.move("resolved")
        self.resolved_by, self.resolved_at = user, clock.now()
        return SafetyFindingResolved(
            about=self.next_version(),
            round_id=self.round_id,
            kind=self.kind,
            severity=self.severity,
            resolved_at=self.resolved_at,
        )

    def verify(self, user: str) -> SafetyFindingVerified:
        """Somebody else saw that it was put right.  Refused: illegal_transition, resolved_it."""
        if self.state == "resolved" and user == self.resolved_by:
            raise Refused("resolved_it", "Somebody who did not put it right must look at it.")
        self.move("verified")
        self.verified_by, self.verified_at = user, clock.now()
        return SafetyFindingVerified(
            about=self.next_version(),
            round_id=self.round_id,
            kind=self.kind,
            severity=self.severity,
            verified_at=self.verified_at,
        )

    def reopen(self, due_on: date, time_zone: str) -> SafetyFindingOpened:
        """It was not put right, or not for long.  Refused('illegal_transition')."""
        self.move("open")
        self.resolved_by = self.resolved_at = self.verified_by = self.verified_at = None
        self.reopened += 1
        self._due(due_on, time_zone)
        return self.open()

    def fall_overdue(self) -> SafetyFindingOverdue:
        """Its day is over."""
        self.overdue_said = True
        return SafetyFindingOverdue(
            about=self.next_version(),
            round_id=self.round_id,
            kind=self.kind,
            severity=self.severity,
            due_on=self.due_on.isoformat(),
            overdue_since=self.overdue_at,
        )

    def _due(self, day: date, time_zone: str) -> None:
        self.due_on, self.overdue_said = day, False
        self.overdue_at = clock.midnight_in(time_zone, day + timedelta(days=1))


class FindingStep(Effect, OfStore, Base):
    """A step in following a finding up, with the words of who took it: what was done, why it is open again, to whom it was
    given (`owner`) and by when.  Never changed."""

    __tablename__ = "finding_steps"
    __table_args__ = (
        Index("ix_finding_steps_finding_id", "finding_id", "id"),
        CheckConstraint("step IN ('assigned', 'resolved', 'verified', 'reopened')", name="step"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    finding_id: Mapped[UUID] = mapped_column(ForeignKey("safety_findings.id"))
    step: Mapped[Step] = mapped_column(Text())
    words: Mapped[str | None]
    owner: Mapped[str]
    due_on: Mapped[date]
    taken_by: Mapped[str]
    taken_at: Mapped[datetime]

    @classmethod
    def of(cls, finding: SafetyFinding, step: Step, words: str | None) -> Self:
        """Now, by whoever asks."""
        return cls(
            id=new_id(),
            store_id=finding.store_id,
            finding_id=finding.id,
            step=step,
            words=words,
            owner=finding.owner,
            due_on=finding.due_on,
            taken_by=cause().actor.removeprefix("user:"),
            taken_at=clock.now(),
        )
