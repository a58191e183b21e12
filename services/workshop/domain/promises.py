"""Late before it is late: when a job will be done by what is known now, against what was promised."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heapreplace
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from services.workshop.domain.working_hours import AROUND_THE_CLOCK, WorkingHours
from shared import clock
from shared.database import Aggregate
from shared.events.workshop import PromiseAtRisk

Level = Literal["on_track", "at_risk", "late"]
Reason = Literal["waits_for_parts", "no_technician", "too_much_work", "takes_longer", "short_time"]
LEVELS: tuple[Level, ...] = ("on_track", "at_risk", "late")


class PromiseTerms(Terms, name="promises"):
    """When a promise is at risk."""

    margin_minutes: Annotated[int, Field(ge=0, le=1_440)] = 30
    """A job that will be done less than this before its promise is at risk."""
    review_minutes: Annotated[int, Field(ge=1, le=120)] = 5
    check_minutes: Annotated[int, Field(ge=0, le=480)] = 15
    """What the quality check takes."""


class PromiseWatch(Aggregate, Base):
    """How one job stands against its promise; looked at again at `review_at`, null once nothing is left to do.  It is no part
    of the job, so that whoever is about to work on the job is not disturbed by every look."""

    __tablename__ = "promise_watches"
    __table_args__ = (
        UniqueConstraint("job_id"),
        CheckConstraint("level IN ('on_track', 'at_risk', 'late')", name="level"),
        Index("ix_promise_watches_review_at", "review_at", postgresql_where=text("review_at IS NOT NULL")),
    )
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    level: Mapped[Level] = mapped_column(Text())
    reason: Mapped[Reason | None] = mapped_column(Text())
    predicted_at: Mapped[datetime | None]
    said_of: Mapped[datetime | None]
    """The promise of which it was said that it is at risk."""
    review_at: Mapped[datetime | None]

    def end(self) -> None:
        """Nothing is left to do on the job."""
        self.level, self.reason, self.predicted_at, self.review_at = "on_track", None, None, None

    def look(self, outlook: "Outlook", promised_at: datetime, ro_id: UUID, terms: PromiseTerms) -> PromiseAtRisk | None:
        """Take over what is seen coming; what to say of it: once for each level of each promise."""
        now, before = clock.now(), self.level if self.said_of == promised_at else "on_track"
        self.review_at = now + timedelta(minutes=terms.review_minutes)
        self.level, reason, self.predicted_at = predict(outlook, promised_at, terms, now)
        self.reason = None if self.level == "on_track" else reason
        if self.level == "on_track" or LEVELS.index(self.level) <= LEVELS.index(before):
            return None
        self.said_of = promised_at
        return PromiseAtRisk(
            about=self.next_version(ro_id),
            ro_id=ro_id,
            job_id=self.job_id,
            level=self.level,
            promised_at=promised_at,
            predicted_at=self.predicted_at,
            reason=reason,
            seen_at=now,
        )


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is known of a job: minutes of its own work that are left (`over`: it took longer than it should already), minutes
    until who has it, or the first who could, has done what comes before it, whether parts are missing and until when (None:
    nobody knows), and the hours in which it is done."""

    left_minutes: int
    over: bool
    ahead_minutes: int
    has_technician: bool
    parts_missing: bool
    parts_eta_at: datetime | None
    hours: WorkingHours = AROUND_THE_CLOCK
    """When who does it works."""


def predict(
    outlook: Outlook, promised_at: datetime, terms: PromiseTerms, now: datetime
) -> tuple[Level, Reason, datetime | None]:
    """Whether the promise can be kept, what is in its way, and when the job will be done (None: nobody knows)."""
    reason = _reason(outlook)
    if outlook.parts_missing and outlook.parts_eta_at is None:
        return ("late" if now > promised_at else "at_risk"), reason, None
    begins = outlook.hours.after(now, outlook.ahead_minutes)
    if outlook.parts_missing and outlook.parts_eta_at is not None:
        begins = max(begins, outlook.parts_eta_at)
    worked_at = outlook.hours.after(begins, outlook.left_minutes)
    done_at = worked_at + timedelta(minutes=terms.check_minutes)
    if done_at > promised_at:
        return "late", reason, done_at
    margin = timedelta(minutes=terms.margin_minutes)
    return ("at_risk" if done_at > promised_at - margin else "on_track"), reason, done_at


def free_in(loads: Iterable[int], before: Iterable[int]) -> int:
    """Minutes until the first of some who have so many minutes of work each has nothing left, what comes `before` included:
    each of its pieces is done by whoever is free first."""
    queues = list(loads) or [0]
    heapify(queues)
    for minutes in before:
        heapreplace(queues, queues[0] + minutes)
    return queues[0]


def left_of(state: str, flat_hours_milli: int | None, worked: int) -> int:
    """Minutes of a job that are left when so many were worked; of one that failed its check, half of it anew."""
    flat = minutes_of(flat_hours_milli)
    return {"finished": 0, "failed": flat // 2}.get(state, max(flat - worked, 0))


def minutes_of(hours_milli: int | None) -> int:
    """Minutes of flat-rate hours in thousandths; half an hour where none are set."""
    return 30 if hours_milli is None else hours_milli * 60 // 1_000


def _reason(outlook: Outlook) -> Reason:
    if outlook.parts_missing:
        return "waits_for_parts"
    if not outlook.has_technician:
        return "no_technician"
    if outlook.ahead_minutes:
        return "too_much_work"
    return "takes_longer" if outlook.over else "short_time"
