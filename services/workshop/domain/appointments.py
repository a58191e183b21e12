"""Appointments as far as the workshop cares: which hours of which day they will need."""

from datetime import date
from typing import Any, Self, TypeAlias
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.reception import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentRescheduled,
)

Told: TypeAlias = AppointmentBooked | AppointmentRescheduled | AppointmentCancelled | AppointmentNoShow


class BookedHours(Effect, OfStore, Base):
    """What one appointment will need; `id` is the appointment's.  `day` None: nobody comes any more."""

    __tablename__ = "booked_hours"
    __table_args__ = (Index("ix_booked_hours_day", "store_id", "day", postgresql_where=text("day IS NOT NULL")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    told_epoch: Mapped[int]
    told_version: Mapped[int]
    day: Mapped[date | None]
    needs: Mapped[list[dict[str, Any]]]
    """[{"skill", "hours_milli"}]"""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """An appointment of which nothing was heard yet."""
        return cls(id=key, store_id=store_id, told_epoch=0, told_version=0, needs=[])

    def tell(self, event: Told) -> None:
        """Keep the newest word: every fact tells the whole appointment."""
        if event.about.order > (self.told_epoch, self.told_version):
            self.told_epoch, self.told_version = event.about.order
            comes = isinstance(event, (AppointmentBooked, AppointmentRescheduled))
            self.day = date.fromisoformat(event.day) if comes else None
            self.needs = [{"skill": need.skill, "hours_milli": need.hours_milli} for need in event.needs]
            self.cause_id = cause().id
