"""Notes that the workshop wrote for the front desk: that they are there, and who read them; their words stay there."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.workshop import NoteWritten


class WorkshopNote(Effect, OfStore, Base):
    """A note before, during or after the repair; unread until `read_at`.  `id` is the note's at the workshop."""

    __tablename__ = "workshop_notes"
    __table_args__ = (CheckConstraint("num_nulls(read_by, read_at) IN (0, 2)", name="read"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True, index=True)
    job_id: Mapped[UUID] = mapped_column(nullable=True)
    stage: Mapped[str] = mapped_column(nullable=True)
    written_at: Mapped[datetime] = mapped_column(nullable=True)
    read_by: Mapped[str | None]
    read_at: Mapped[datetime | None]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A note of which nothing was applied yet."""
        return cls(id=key, store_id=store_id)

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's notes, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.written_at, cls.id)

    @classmethod
    def unread(cls, ro_id: UUID) -> Select[int]:
        """How many of the order's notes nobody has read."""
        return select(func.count()).where(cls.ro_id == ro_id, cls.read_at.is_(None))

    def keep(self, event: NoteWritten) -> None:
        """Written once, so that repeating it changes nothing."""
        self.ro_id, self.job_id, self.stage = event.ro_id, event.job_id, event.stage
        self.written_at, self.cause_id = event.written_at, cause().id

    def read(self) -> None:
        """By whoever asks; who read it first stays."""
        if self.read_at is None:
            self.read_by, self.read_at = cause().actor, clock.now()
