"""Capacity: how many hours of a skill, in a group of bays, a day can take (R1, K5)."""

from datetime import date, datetime, timedelta
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore
from shared.events.workshop import CapacityChanged

PLANNED_EVERY = timedelta(minutes=15)
"""How often what is offered is worked out anew when nothing was changed: a new day comes into sight, a policy into force."""
REVIEWED_EVERY = timedelta(minutes=1)
"""How often the load of a day is counted anew; never while facts are heard."""


class Capacity(Aggregate, Base):
    """One skill in one group of bays (the bays' kind) on one day of the store.  `offered_hours_milli` may be sold;
    `loaded_hours_milli` of them are taken by unfinished work that came without an appointment."""

    __tablename__ = "capacities"
    __table_args__ = (
        UniqueConstraint("store_id", "day", "skill", "bay_group"),
        CheckConstraint("offered_hours_milli >= 0 AND loaded_hours_milli >= 0", name="not_negative"),
        CheckConstraint("planned_hours_milli >= 0", name="planned"),
        Index("ix_capacities_review_at", "review_at"),
    )
    day: Mapped[date]
    skill: Mapped[str]
    bay_group: Mapped[str]
    offered_hours_milli: Mapped[int]
    loaded_hours_milli: Mapped[int]
    planned_hours_milli: Mapped[int | None]
    """Planned by hand, whatever the shifts say; None: the shifts say what is offered."""
    review_at: Mapped[datetime | None]
    """When the load is counted next; None once the day is over."""

    @staticmethod
    def id_for(store_id: str, day: date, skill: str, bay_group: str) -> UUID:
        """Always the same, so that planning a day twice is planning it anew."""
        return uuid5(NAMESPACE_OID, f"capacity {store_id} {day.isoformat()} {skill} {bay_group}")

    def plan(self, hours_milli: int | None) -> CapacityChanged | None:
        """Somebody says how many hours may be sold, or (None) leaves it to the shifts again: these speak with the next look
        at the store's plan.  What to say of it, None when nothing changed."""
        self.planned_hours_milli = hours_milli
        return None if hours_milli is None else self._offer(hours_milli)

    def follow_shifts(self, hours_milli: int) -> CapacityChanged | None:
        """So many hours follow from shifts and bays; what is planned by hand stays.  What to say of it, None when nothing
        changed."""
        return self._offer(hours_milli) if self.planned_hours_milli is None else None

    def _offer(self, hours_milli: int) -> CapacityChanged | None:
        if self.version and hours_milli == self.offered_hours_milli:
            return None
        self.offered_hours_milli = hours_milli
        return self._said()

    def review(self, loaded_hours_milli: int) -> CapacityChanged | None:
        """Take over the load as it was counted; what to say of it, None when nothing changed."""
        if loaded_hours_milli == self.loaded_hours_milli:
            return None
        self.loaded_hours_milli = loaded_hours_milli
        return self._said()

    def _said(self) -> CapacityChanged:
        return CapacityChanged(
            about=self.next_version(),
            day=self.day.isoformat(),
            skill=self.skill,
            bay_group=self.bay_group,
            offered_hours_milli=self.offered_hours_milli,
            loaded_hours_milli=self.loaded_hours_milli,
            changed_at=clock.now(),
        )


class CapacityPlan(Effect, OfStore, Base):
    """One per store: when the hours that follow from its shifts, absences, bays and outages are worked out next."""

    __tablename__ = "capacity_plans"
    __table_args__ = (UniqueConstraint("store_id"), Index("ix_capacity_plans_plan_at", "plan_at"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plan_at: Mapped[datetime]

    @staticmethod
    def id_for(store_id: str) -> UUID:
        """Always the same."""
        return uuid5(NAMESPACE_OID, f"capacity plan {store_id}")
