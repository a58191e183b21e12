"""The technicians' clocks: when they are at work, and what each of them does then, from when to when."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from shared import clock
from shared.database import Aggregate, Effect, OfStore, new_id
from shared.refusal import Refused

Kind = Literal["job", "rework", "idle", "wait_parts", "wait_approval", "break", "training", "shop"]
ON_JOBS = frozenset({"job", "rework"})
"""Worked time: the numerator of utilisation."""

WAITING = frozenset({"wait_parts", "wait_approval"})
"""Neither worked nor idle."""


class Attendance(Aggregate, Base):
    """A technician is at work from `came_at` to `left_at`; their activities fill it without gap or overlap.  `closes_at` is
    when it is closed for who forgets to clock out; then it is `flagged` until a supervisor corrected or confirmed it."""

    __tablename__ = "attendances"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("uq_attendances_open", "user", unique=True, postgresql_where=text("left_at IS NULL")),
        Index("ix_attendances_open", "store_id", "technician", postgresql_where=text("left_at IS NULL")),
        Index("ix_attendances_came_at", "store_id", "came_at"),
        Index("ix_attendances_long", "store_id", "left_at", postgresql_where=text("left_at - came_at > interval '24 hours'")),
        Index("ix_attendances_closes_at", "closes_at", postgresql_where=text("left_at IS NULL")),
        CheckConstraint("left_at >= came_at", name="in_order"),
    )
    technician: Mapped[str]
    user: Mapped[str]
    came_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    overtime_until_at: Mapped[datetime | None]
    """Announced by the technician: the clock is not forgotten before."""
    flagged: Mapped[bool]

    def stay(self, until_at: datetime) -> None:
        """The technician works on beyond the shift.  Refused: not_clocked_in, overtime_in_the_past."""
        if self.left_at is not None:
            raise Refused("not_clocked_in", "The technician has left.")
        if until_at <= clock.now():
            raise Refused("overtime_in_the_past", "Overtime ends in the future.")
        self.overtime_until_at = until_at
        self.closes_at = max(self.closes_at, until_at)
        self.version += 1


class Activity(Effect, OfStore, Base):
    """A stretch of one technician's time.  `kind`: `job` or, after a failed quality check and on what has come back, `rework`
    (both with a job); `idle`, `wait_parts`, `wait_approval`, `break`, `training`, `shop` (upkeep of the shop), these with the
    job only as what is waited for.  An activity with `superseded_by` was corrected: it is kept, and counts for nothing any
    more.

    Nobody (`user`, a token subject) has more than one open activity: the unique index holds whatever runs at once, in all
    stores and under all technician codes.
    """

    __tablename__ = "activities"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("uq_activities_open", "user", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_activities_open", "store_id", "technician", postgresql_where=text("ended_at IS NULL")),
        Index("ix_activities_started_at", "store_id", "started_at"),
        Index(
            "ix_activities_long", "store_id", "ended_at", postgresql_where=text("ended_at - started_at > interval '24 hours'")
        ),
        CheckConstraint(
            "kind IN ('job', 'rework', 'idle', 'wait_parts', 'wait_approval', 'break', 'training', 'shop')", name="kind"
        ),
        CheckConstraint("kind NOT IN ('job', 'rework') OR job_id IS NOT NULL", name="on_a_job"),
        CheckConstraint("ended_at >= started_at", name="in_order"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_for_a_reason"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    attendance_id: Mapped[UUID | None] = mapped_column(ForeignKey("attendances.id"), index=True)
    """None: from before attendance was kept."""
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"), index=True)
    technician: Mapped[str]
    user: Mapped[str]
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]
    superseded_by: Mapped[UUID | None] = mapped_column(ForeignKey("clock_corrections.id"))
    """The correction that replaced it."""

    @property
    def on_job(self) -> UUID | None:
        """The job that is worked on."""
        return self.job_id if self.kind in ON_JOBS else None


class ClockTerms(Terms, name="clocks"):
    """When a clock counts as forgotten."""

    grace_minutes: Annotated[int, Field(ge=0, le=720)] = 30
    """After the end of the shift."""


FORGOTTEN = "forgotten"
"""Why a clock was stopped that nobody stopped."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a technician does after work on a job was stopped: another kind of activity, or (None) leaving, at the moment
    `left_at` where the clock was forgotten."""

    kind: Kind | None
    left_at: datetime | None = None

    @classmethod
    def because_of(cls, reason: str) -> "Turn":
        """Who waits for parts or approval, or has a break, does so by the clock; everybody else is idle."""
        waits: dict[str, Kind] = {"wait_parts": "wait_parts", "wait_approval": "wait_approval", "break": "break"}
        return cls(waits.get(reason, "idle"))


@dataclass
class Clock:
    """One technician's clock as it stands; `made` are the rows that it brought.

    Exactly one activity is open from coming to leaving: starting one ends the one before at the same instant (domain rules
    C7).
    """

    technician: Technician
    attendance: Attendance | None = None
    running: Activity | None = None
    made: list[Attendance | Activity] = field(default_factory=list)

    @property
    def on_job(self) -> UUID | None:
        """The job that the clock runs for."""
        return self.running.on_job if self.running else None

    @property
    def present(self) -> Attendance:
        """The attendance of who is at work.  Refused('not_clocked_in')."""
        if self.attendance is None:
            raise Refused("not_clocked_in", "The technician is not clocked in.")
        return self.attendance

    def refuse_elsewhere(self) -> None:
        """Refused('clocked_in_elsewhere') for who is at work under another code or in another store: time is one."""
        there, here = self.attendance, self.technician
        if there is not None and (there.store_id, there.technician) != (here.store_id, here.code):
            raise Refused("clocked_in_elsewhere", "Clock out first where you are clocked in.", technician=there.technician)

    def come(self, closes_at: datetime) -> Activity:
        """Clock in; nothing is done yet.  Refused('clocked_in') for who is there already."""
        if self.attendance is not None:
            raise Refused("clocked_in", "The technician is clocked in.", attendance_id=self.attendance.id)
        now = clock.now()
        self.attendance = Attendance(
            store_id=self.technician.store_id,
            technician=self.technician.code,
            user=self.technician.user,
            came_at=now,
            closes_at=max(closes_at, now),
            flagged=False,
            version=1,
        )
        self.made.append(self.attendance)
        return self._begin("idle", None, now)

    def turn_to(self, kind: Kind, job_id: UUID | None = None, *, because: str | None = None) -> Activity:
        """Do something else from now on; what was done before ends at the same instant, `because` (the new kind, when left
        out).  A clock that was set back meanwhile gives no negative time.  Refused: not_clocked_in."""
        attendance, now = self.present, self._moment()
        if self.running is not None:
            self.running.ended_at, self.running.ended_because = now, because or kind
        attendance.version += 1
        return self._begin(kind, job_id, now)

    def turn(self, to: Turn, because: str, job_id: UUID) -> None:
        """Stop working on the job for the next thing."""
        if to.kind is None:
            self.leave(because, to.left_at)
        else:
            self.turn_to(to.kind, job_id if to.kind in WAITING else None, because=because)

    def leave(self, because: str = "clocked_out", at: datetime | None = None) -> None:
        """Clock out, at the moment `at` where the clock was forgotten.  Refused: not_clocked_in."""
        attendance = self.present
        left_at = max(at or self._moment(), self.running.started_at if self.running else attendance.came_at)
        if self.running is not None:
            self.running.ended_at, self.running.ended_because = left_at, because
        attendance.left_at, attendance.flagged = left_at, because == FORGOTTEN
        attendance.version += 1
        self.attendance = self.running = None

    def _moment(self) -> datetime:
        return max(clock.now(), self.running.started_at) if self.running else clock.now()

    def _begin(self, kind: Kind, job_id: UUID | None, at: datetime) -> Activity:
        self.running = Activity(
            id=new_id(),
            store_id=self.technician.store_id,
            attendance_id=self.present.id,
            job_id=job_id,
            technician=self.technician.code,
            user=self.technician.user,
            kind=kind,
            started_at=at,
        )
        self.made.append(self.running)
        return self.running
