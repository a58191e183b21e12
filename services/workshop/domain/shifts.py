"""Who is meant to be at work when: shifts, and what takes people away from them."""

from datetime import date, datetime, timedelta

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped

from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.refusal import Refused

LONGEST_ABSENCE = timedelta(days=366)


class Shift(Aggregate, Base):
    """A stretch of one day of the store that a technician is rostered for (排班); the end may lie on the next day.  The shifts
    of one technician do not overlap (the planner holds the technician's row, the database excludes it whatever runs at once);
    `break_minutes` of it are not worked."""

    __tablename__ = "shifts"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        ExcludeConstraint(
            ("store_id", "="), ("technician", "="), (text("tstzrange(begins_at, ends_at)"), "&&"),
            where=text("called_off_at IS NULL"), name="ex_shifts_overlap",
        ),
        Index("ix_shifts_day", "store_id", "day", "id"),
        Index("ix_shifts_technician", "store_id", "technician", "begins_at"),
        CheckConstraint("ends_at > begins_at AND ends_at <= begins_at + interval '24 hours'", name="in_order"),
        CheckConstraint("break_minutes >= 0", name="break_minutes"),
    )  # fmt: skip
    technician: Mapped[str]
    day: Mapped[date]
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    break_minutes: Mapped[int]
    called_off_at: Mapped[datetime | None]

    def call_off(self) -> None:
        """Nobody comes.  Refused: shift_called_off, shift_over."""
        if self.called_off_at is not None:
            raise Refused("shift_called_off", "The shift was called off already.")
        if self.ends_at <= clock.now():
            raise Refused("shift_over", "The shift is over.")
        self.called_off_at = clock.now()
        self.version += 1


class Absence(Aggregate, Base):
    """A technician is away: leave, sick, training (paid time, none of it for sale) or other."""

    __tablename__ = "absences"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("ix_absences_until_at", "store_id", "technician", "until_at"),
        Index("ix_absences_store_id", "store_id", "id"),
        CheckConstraint("kind IN ('leave', 'sick', 'training', 'other')", name="kind"),
        CheckConstraint("until_at > from_at", name="in_order"),
    )
    technician: Mapped[str]
    kind: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    def withdraw(self) -> None:
        """They do come.  Refused: absence_withdrawn, absence_over."""
        if self.withdrawn_at is not None:
            raise Refused("absence_withdrawn", "The absence was withdrawn already.")
        if self.until_at <= clock.now():
            raise Refused("absence_over", "The absence is over.")
        self.withdrawn_at = clock.now()
        self.version += 1
