"""Who is meant to be at work when: shifts, and what takes people away from them."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped

from services.workshop.domain.tables import Base
from shared.database import Aggregate


class Shift(Aggregate, Base):
    """A stretch of one day of the store that a technician is rostered for (排班); the end may lie on the next day.  The shifts
    of one technician do not overlap (the planner holds the technician's row); `break_minutes` of it are not worked."""

    __tablename__ = "shifts"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        UniqueConstraint("store_id", "technician", "begins_at"),
        Index("ix_shifts_day", "store_id", "day"),
        CheckConstraint("ends_at > begins_at AND ends_at <= begins_at + interval '24 hours'", name="in_order"),
        CheckConstraint("break_minutes >= 0", name="break_minutes"),
    )
    technician: Mapped[str]
    day: Mapped[date]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_minutes: Mapped[int]
    called_off_at: Mapped[datetime | None]


class Absence(Aggregate, Base):
    """A technician is away: leave, sick, training (paid time, none of it for sale) or other."""

    __tablename__ = "absences"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("ix_absences_until_at", "store_id", "technician", "until_at"),
        CheckConstraint("kind IN ('leave', 'sick', 'training', 'other')", name="kind"),
        CheckConstraint("until_at > from_at", name="in_order"),
    )
    technician: Mapped[str]
    kind: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
