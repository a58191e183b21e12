"""The vehicle's file: one per VIN in the whole group, with an odometer that does not run backwards unexplained."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.events.reception import VehicleFileOpened, VehicleIdentified, VehicleOwnerChanged
from shared.refusal import Invalid, Refused

_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True))
_VALUES |= {digit: int(digit) for digit in "0123456789"}
_CHECKED = 8
"""Index of the check digit in the VIN."""
VIN_TAIL = 6
"""How many last characters of the VIN a car is looked up by."""
STRICT_PREFIX = "L"
"""VINs of cars built in China must have a right check digit; elsewhere it is customary only."""


def check_digit(vin: str) -> str:
    """The check digit (0-9 or X) that a 17-character VIN should have at its ninth place."""
    rest = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


class Vehicle(Aggregate, Base):
    """A car.  Belongs to the group; the home store is information only."""

    __tablename__ = "vehicles"
    __table_args__ = (
        Index("ix_vehicles_plate", "plate", "id"),
        Index("ix_vehicles_vin_tail", text(f'"right"(vin, {VIN_TAIL})'), "id"),
        CheckConstraint("maintenance_months > 0 AND maintenance_km > 0", name="maintenance"),
    )

    store_id: Mapped[str] = mapped_column("home_store_id")
    vin: Mapped[str] = mapped_column(unique=True)
    plate: Mapped[str]
    brand: Mapped[str]
    model: Mapped[str]
    nature: Mapped[str]
    in_service_on: Mapped[date | None]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    odometer_km: Mapped[int] = mapped_column(default=0)
    odometer_read_at: Mapped[datetime | None]
    odometer_store: Mapped[str | None]
    visits: Mapped[int] = mapped_column(default=0)
    """How often the car was checked in, anywhere in the group."""
    vehicle_type: Mapped[str | None]
    maintenance_months: Mapped[int | None]
    """The interval at which the car wants maintenance, whichever comes first."""
    maintenance_km: Mapped[int | None]
    first_maintenance_on: Mapped[date | None]
    """Of a car that the group sold: until when, and until which reading, the first maintenance (首保) is due."""
    first_maintenance_km: Mapped[int | None]
    confirmed_at: Mapped[datetime | None]
    """When the counter last looked at plate and papers."""

    @property
    def warnings(self) -> list[str]:
        """What is odd about the file but allowed."""
        return [] if self.vin[_CHECKED] == check_digit(self.vin) else ["vin_check_digit"]

    def identify(
        self, *, plate: str, brand: str, model: str, nature: str, in_service_on: date | None, customer_id: UUID
    ) -> VehicleIdentified:
        """Keep what the car is and whose.  Invalid('vin_check_digit') where the VIN must be right and is not."""
        if self.vin.startswith(STRICT_PREFIX) and self.warnings:
            raise Invalid("body.vin", "vin_check_digit", "The VIN's check digit does not fit: it was misread somewhere.")
        self.plate, self.brand, self.model, self.nature = plate, brand, model, nature
        self.in_service_on, self.customer_id = in_service_on, customer_id
        return VehicleIdentified(
            about=self.next_version(),
            vin=self.vin,
            plate=plate,
            brand=brand,
            model=model,
            nature=nature,
            in_service_on=in_service_on.isoformat() if in_service_on else None,
        )

    def confirm(self) -> None:
        """The counter looked at plate and papers."""
        self.confirmed_at = clock.now()

    def describe(self, *, vehicle_type: str | None, maintenance_months: int | None, maintenance_km: int | None) -> None:
        """Complete the file; None leaves a field as it is."""
        self.vehicle_type = vehicle_type or self.vehicle_type
        self.maintenance_months = maintenance_months or self.maintenance_months
        self.maintenance_km = maintenance_km or self.maintenance_km
        self.version += 1

    def belong_to(self, customer_id: UUID, since: datetime) -> VehicleOwnerChanged:
        """The car has another owner.  Refused('owner_unchanged')."""
        if customer_id == self.customer_id:
            raise Refused("owner_unchanged", "The car belongs to this customer already.")
        before, self.customer_id = self.customer_id, customer_id
        return VehicleOwnerChanged(
            about=self.next_version(), customer_id=customer_id, previous_customer_id=before, changed_at=since
        )

    def expect_first_maintenance(self, on: date, km: int) -> VehicleFileOpened:
        """A newly sold car: its warranty runs, and its first maintenance is due until then.  ValueError without a begin of the
        warranty."""
        if self.in_service_on is None:
            raise ValueError("a sold car has a day of its invoice")
        self.first_maintenance_on, self.first_maintenance_km = on, km
        return VehicleFileOpened(
            about=self.next_version(),
            customer_id=self.customer_id,
            in_service_on=self.in_service_on.isoformat(),
            first_maintenance_on=on.isoformat(),
            first_maintenance_km=km,
            opened_at=clock.now(),
        )

    def check_in(self, km: int, *, at: datetime, store_id: str, reset_reason: str | None = None) -> None:
        """One more visit, with this odometer reading."""
        self.read_odometer(km, at=at, store_id=store_id, reset_reason=reset_reason)
        self.visits += 1

    def read_odometer(self, km: int, *, at: datetime, store_id: str, reset_reason: str | None = None) -> None:
        """Refused('odometer_runs_backwards') when it shows less than before and nobody says why (cluster replaced …)."""
        if km < self.odometer_km and reset_reason is None:
            raise Refused(
                "odometer_runs_backwards",
                "The odometer showed more before; say why it shows less now.",
                last_km=self.odometer_km,
                read_km=km,
            )
        self.odometer_km, self.odometer_read_at, self.odometer_store = km, at, store_id
        self.version += 1
