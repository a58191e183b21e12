"""Which car stands in the bay: the workshop's copy of a vehicle's identity (personal)."""

from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.cause import cause
from shared.database import Effect
from shared.events.reception import VehicleIdentified


class Vehicle(Effect, Base):
    """A vehicle of the group as reception last described it; it belongs to no store."""

    __tablename__ = "vehicles"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    identified_epoch: Mapped[int]
    identified_version: Mapped[int]
    vin: Mapped[str | None]
    plate: Mapped[str | None]
    brand: Mapped[str | None]
    model: Mapped[str | None]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A vehicle that was not identified yet."""
        return cls(id=key, identified_epoch=0, identified_version=0)

    def identify(self, event: VehicleIdentified) -> None:
        """Keep the newest description."""
        if event.about.order > (self.identified_epoch, self.identified_version):
            self.identified_epoch, self.identified_version = event.about.order
            self.vin, self.plate, self.brand, self.model = event.vin, event.plate, event.brand, event.model
            self.cause_id = cause().id
