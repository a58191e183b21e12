"""What the workshop can take a day, as reception has heard, and what reception has given away of it."""

from datetime import date
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.workshop import CapacityChanged
from shared.refusal import Refused


class CapacitySlot(Effect, OfStore, Base):
    """One skill in one group of bays on one day.  `booked_hours_milli` is what live appointments take; its row is locked by
    whoever takes or gives back, so that nothing is given twice.  It may exceed what is free only by walk-ins, whose car is
    here, and when the workshop takes hours back."""

    __tablename__ = "capacity_slots"
    __table_args__ = (
        CheckConstraint("booked_hours_milli >= 0", name="booked"),
        Index("ix_capacity_slots_store_id", "store_id", "day", "skill", "bay_group"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The workshop's own id of it."""
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    day: Mapped[date] = mapped_column(nullable=True)
    skill: Mapped[str] = mapped_column(nullable=True)
    bay_group: Mapped[str] = mapped_column(nullable=True)
    offered_hours_milli: Mapped[int]
    loaded_hours_milli: Mapped[int]
    booked_hours_milli: Mapped[int]
    told_epoch: Mapped[int]
    told_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A slot of which nothing was applied yet."""
        return cls(
            id=key, store_id=store_id, offered_hours_milli=0, loaded_hours_milli=0, booked_hours_milli=0, told_epoch=0,
            told_version=0,
        )  # fmt: skip

    @property
    def free_hours_milli(self) -> int:
        """What can still be given away; negative when oversold."""
        return self.offered_hours_milli - self.loaded_hours_milli - self.booked_hours_milli

    def tell(self, event: CapacityChanged) -> None:
        """Take over the newest word of the workshop."""
        if event.about.order <= (self.told_epoch, self.told_version):
            return
        self.told_epoch, self.told_version = event.about.order
        self.day, self.skill, self.bay_group = date.fromisoformat(event.day), event.skill, event.bay_group
        self.offered_hours_milli, self.loaded_hours_milli = event.offered_hours_milli, event.loaded_hours_milli
        self.cause_id = cause().id

    def take(self, hours_milli: int, *, the_car_is_here: bool = False) -> None:
        """Refused('no_capacity') when less is free, unless the car is here already."""
        if hours_milli > self.free_hours_milli and not the_car_is_here:
            raise Refused(
                "no_capacity",
                "The workshop has not so many free hours that day.",
                day=self.day.isoformat(),
                skill=self.skill,
                bay_group=self.bay_group,
                free_hours_milli=max(0, self.free_hours_milli),
            )
        self.booked_hours_milli += hours_milli

    def give_back(self, hours_milli: int) -> None:
        self.booked_hours_milli -= hours_milli
