"""The vehicle's file: one per VIN in the whole group, with an odometer that does not run backwards unexplained."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Aggregate
from shared.events.reception import VehicleIdentified
from shared.refusal import Invalid, Refused

_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (*range(1, 9), 1, 2, 3, 4, 5, 7, 9, *range(2, 10)), strict=True))
_VALUES |= {digit: int(digit) for digit in "0123456789"}
_CHECKED = 8
"""Index of the check digit in the VIN."""
STRICT_PREFIX = "L"
"""VINs of cars built in China must have a right check digit; elsewhere it is customary only."""


def check_digit(vin: str) -> str:
    """The check digit (0-9 or X) that a 17-character VIN should have at its ninth place."""
    rest = sum(_VALUES[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else str(rest)


class Vehicle(Aggregate, Base):
    """A car.  Belongs to the group; the home store is information only."""

    __tablename__ = "vehicles"
    __table_args__ = (Index("ix_vehicles_plate", "plate", "id"),)

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
