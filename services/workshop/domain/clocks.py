"""The technicians' clock: what each of them works on, from when to when."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from shared import clock
from shared.database import Effect, OfStore, new_id
from shared.events.workshop import TechnicianShare

ON_JOBS = frozenset({"job", "rework"})
"""Worked time: the numerator of utilisation."""


class Attendance(Effect, OfStore, Base):
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
    id: Mapped[UUID] = mapped_column(primary_key=True)
    technician: Mapped[str]
    user: Mapped[str]
    came_at: Mapped[datetime]
    left_at: Mapped[datetime | None]
    closes_at: Mapped[datetime]
    flagged: Mapped[bool]


class Activity(Effect, OfStore, Base):
    """A stretch of one technician's time.  `kind`: `job` or, after a failed quality check, `rework` (both with a job); `idle`,
    `wait_parts`, `wait_approval`, `break`, `training`, `shop` (upkeep of the shop), these with the job only as what is waited
    for.  An activity with `superseded_by` was corrected: it is kept, and counts for nothing any more.

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
    superseded_by: Mapped[UUID | None]
    """The correction that replaced it."""

    @classmethod
    def begin(cls, job_id: UUID, technician: Technician, kind: str) -> "Activity":
        """Clock on."""
        return cls(
            id=new_id(),
            store_id=technician.store_id,
            job_id=job_id,
            technician=technician.code,
            user=technician.user,
            kind=kind,
            started_at=clock.now(),
        )

    def end(self, because: str) -> None:
        """Clock off; a clock that was set back meanwhile gives no negative time."""
        self.ended_at = max(clock.now(), self.started_at)
        self.ended_because = because


def shares(activities: Iterable[Activity]) -> list[TechnicianShare]:
    """Each technician's whole minutes (half up, of the sum) in the ended activities, by technician code."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for activity in activities:
        if activity.ended_at is not None:
            seconds[activity.technician] += (activity.ended_at - activity.started_at).total_seconds()
    return [
        TechnicianShare(technician=technician, worked_minutes=int(worked + 30) // 60)
        for technician, worked in sorted(seconds.items())
    ]
