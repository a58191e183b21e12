"""The vehicles' names for people: plate and model.  Personal; of the whole group."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.console.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect
from shared.events.reception import VehicleIdentified


class Vehicle(Effect, Base):
    """What is newest known of a vehicle's identity."""

    __tablename__ = "vehicles"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    plate: Mapped[str | None]
    vin: Mapped[str | None]
    brand: Mapped[str | None]
    model: Mapped[str | None]
    epoch: Mapped[int]
    version: Mapped[int]
    touched_at: Mapped[datetime]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A vehicle of which nothing was heard."""
        return cls(id=key, epoch=0, version=0, touched_at=clock.now())

    def identify(self, event: VehicleIdentified) -> bool:
        """Take over the identity unless a newer one is known; whether it was news."""
        if event.about.order <= (self.epoch, self.version):
            return False
        self.epoch, self.version = event.about.order
        self.plate, self.vin, self.brand, self.model = event.plate, event.vin, event.brand, event.model
        self.touched_at, self.cause_id = clock.now(), cause().id
        return True
