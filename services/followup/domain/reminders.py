"""Reminders of what a car needs next, planned as soon as it is known."""

from datetime import date
from typing import Self
from uuid import UUID, uuid5

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.followup.domain.tables import Base
from shared.cause import cause
from shared.database import Aggregate
from shared.events.reception import VehicleFileOpened

FIRST_MAINTENANCE = "first_maintenance"


class Reminder(Aggregate, Base):
    """One thing that a customer is to be reminded of, by day and by odometer reading, whichever comes first."""

    __tablename__ = "reminders"
    __table_args__ = (
        CheckConstraint("state IN ('planned')", name="state"),
        CheckConstraint("told_version = 0 OR num_nulls(vehicle_id, customer_id, kind, due_on, state) = 0", name="filled"),
        Index(None, "store_id", "kind", "due_on", "id"),
        Index("ix_reminders_store_due_on", "store_id", "due_on", "id"),
        Index(None, "due_on", "id"),
    )
    told_epoch: Mapped[int]
    told_version: Mapped[int]
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    vehicle_id: Mapped[UUID] = mapped_column(nullable=True)
    customer_id: Mapped[UUID] = mapped_column(nullable=True)
    kind: Mapped[str] = mapped_column(nullable=True)
    """`first_maintenance` (首保)"""
    due_on: Mapped[date] = mapped_column(nullable=True)
    due_km: Mapped[int | None]
    state: Mapped[str] = mapped_column(nullable=True)

    @staticmethod
    def first_maintenance_of(vehicle_id: UUID) -> UUID:
        """The id of the reminder of this car's first maintenance."""
        return uuid5(vehicle_id, FIRST_MAINTENANCE)

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A reminder of which nothing was heard yet."""
        return cls(id=key, store_id=store_id, told_epoch=0, told_version=0)

    def plan(self, opened: VehicleFileOpened) -> None:
        """Follow the newest word on the car's file."""
        if opened.about.order <= (self.told_epoch, self.told_version):
            return
        self.told_epoch, self.told_version = opened.about.order
        self.vehicle_id, self.customer_id, self.kind = opened.about.subject, opened.customer_id, FIRST_MAINTENANCE
        self.due_on, self.due_km = date.fromisoformat(opened.first_maintenance_on), opened.first_maintenance_km
        self.state, self.cause_id = "planned", cause().id
        self.version += 1
