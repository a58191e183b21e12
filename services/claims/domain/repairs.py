"""What claims knows of vehicles and repair orders: small replicas, fed by reception's facts."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.claims.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.reception import VehicleDelivered, VehicleIdentified, WorkAuthorised
from shared.refusal import Refused


class Vehicle(Effect, Base):
    """Personal.  What the warranty of a vehicle of the group depends on."""

    __tablename__ = "vehicles"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    vin: Mapped[str] = mapped_column(nullable=True)
    brand: Mapped[str] = mapped_column(nullable=True)
    model: Mapped[str] = mapped_column(nullable=True)
    nature: Mapped[str] = mapped_column(nullable=True)
    in_service_on: Mapped[date | None]
    identified_epoch: Mapped[int]
    identified_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "Vehicle":
        """A vehicle of which nothing was heard yet; vehicles belong to the group, not to a store."""
        return cls(id=key, identified_epoch=0, identified_version=0)

    def identify(self, fact: VehicleIdentified) -> None:
        """Take over what reception knows, unless something newer is known."""
        if fact.about.order > (self.identified_epoch, self.identified_version):
            self.identified_epoch, self.identified_version = fact.about.order
            self.vin, self.brand, self.model, self.nature = fact.vin, fact.brand, fact.model, fact.nature
            self.in_service_on = _day(fact.in_service_on) if fact.in_service_on else None
            self.cause_id = cause().id


class AuthorisedOrder(Effect, OfStore, Base):
    """A repair order as authorised, and when its car was handed over."""

    __tablename__ = "authorised_orders"
    __table_args__ = (
        CheckConstraint("authorised_version = 0 OR num_nulls(ro_no, vehicle_id, opened_on, odometer_km) = 0", name="filled"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Nullable in the table only, as above.
    ro_no: Mapped[str] = mapped_column(nullable=True)
    vehicle_id: Mapped[UUID] = mapped_column(nullable=True)
    opened_on: Mapped[date] = mapped_column(nullable=True)
    """The check-in's day in the store's zone: the day that the warranty is judged by."""
    odometer_km: Mapped[int] = mapped_column(nullable=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    delivered_at: Mapped[datetime | None]
    delivered_epoch: Mapped[int]
    delivered_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "AuthorisedOrder":
        """A repair order of which nothing was heard yet."""
        return cls(id=key, store_id=store_id, authorised_epoch=0, authorised_version=0, delivered_epoch=0, delivered_version=0)

    def authorise(self, fact: WorkAuthorised) -> bool:
        """Take over what was authorised; False when something newer is known."""
        if fact.about.order <= (self.authorised_epoch, self.authorised_version):
            return False
        self.authorised_epoch, self.authorised_version = fact.about.order
        self.ro_no, self.vehicle_id, self.odometer_km = fact.ro_no, fact.vehicle_id, fact.odometer_km
        self.opened_on = _day(fact.opened_on)
        self.cause_id = cause().id
        return True

    def deliver(self, fact: VehicleDelivered) -> None:
        """The key was handed over."""
        if fact.about.order > (self.delivered_epoch, self.delivered_version):
            self.delivered_epoch, self.delivered_version = fact.about.order
            self.delivered_at = fact.delivered_at


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Refused("day_malformed", "A calendar day is written YYYY-MM-DD.") from None
