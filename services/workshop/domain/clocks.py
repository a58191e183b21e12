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


class Activity(Effect, OfStore, Base):
    """A stretch of one technician's time on one job; `kind` is `job` or, after a failed quality check, `rework`.

    Nobody (`user`, a token subject) has more than one open activity: the unique index holds whatever runs at once, in all
    stores and under all technician codes.
    """

    __tablename__ = "activities"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("uq_activities_open", "user", unique=True, postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("kind IN ('job', 'rework')", name="kind"),
        CheckConstraint("ended_at >= started_at", name="in_order"),
        CheckConstraint("(ended_at IS NULL) = (ended_because IS NULL)", name="ended_for_a_reason"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), index=True)
    technician: Mapped[str]
    user: Mapped[str]
    kind: Mapped[str]
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended_because: Mapped[str | None]

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
