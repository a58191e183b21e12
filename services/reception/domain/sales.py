"""Cars that the vehicle-sales system sold (K10): of each sale the newest word, of each car the newest sale."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field
from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.sales import VehicleSold
from shared.refusal import Refused

EARLIEST = date(1990, 1, 1)
"""What is said of days before it is a slip of the pen."""


class MaintenanceTerms(Terms, name="first_maintenance"):
    """When a new car's first maintenance (首保) is due, whichever comes first."""

    first_after_months: Annotated[int, Field(strict=True, ge=1, le=60)] = 6
    first_after_km: Annotated[int, Field(strict=True, ge=100, le=100_000)] = 5_000


class VehicleSale(Effect, OfStore, Base):
    """One sale as it was said last.  The buyer of a sale is found, or their file opened, once; later words correct that file
    only as long as nobody else has written to it."""

    __tablename__ = "vehicle_sales"
    __table_args__ = (Index("ix_vehicle_sales_vin", "vin"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    told_epoch: Mapped[int]
    told_version: Mapped[int]
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    vin: Mapped[str] = mapped_column(nullable=True)
    plate: Mapped[str | None]
    brand: Mapped[str] = mapped_column(nullable=True)
    model: Mapped[str] = mapped_column(nullable=True)
    nature: Mapped[str] = mapped_column(nullable=True)
    sold_on: Mapped[date] = mapped_column(nullable=True)
    in_service_on: Mapped[date] = mapped_column(nullable=True)
    holds_from_at: Mapped[datetime] = mapped_column(nullable=True)
    """The end of the day of the sale in the store's zone: what the counter wrote down until then is older."""
    customer_id: Mapped[UUID | None]
    """The buyer's file."""
    opened_version: Mapped[int | None]
    """The version of the buyer's file as this sale left it; None when the buyer was known before."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(id=key, store_id=store_id, told_epoch=0, told_version=0)

    @classmethod
    def of_car(cls, vin: str) -> Select[Self]:
        return select(cls).where(cls.vin == vin)

    def tell(self, event: VehicleSold, time_zone: str) -> bool:
        """Keep what is said of the sale; False when that, or something newer, was known.

        Refused: `sale_of_another_car`, `sale_days_wrong` for days that cannot be meant."""
        days = event.sold_on, event.in_service_on
        if min(days) < EARLIEST or max(days) > clock.day_in(time_zone) + timedelta(days=1):
            raise Refused("sale_days_wrong", "Neither the sale nor the invoice can be of such a day.")
        if event.about.order <= (self.told_epoch, self.told_version):
            return False
        if self.vin not in (None, event.vin):
            raise Refused("sale_of_another_car", "A sale keeps its car; the sale of another car is another sale.")
        self.told_epoch, self.told_version = event.about.order
        self.vin, self.plate, self.brand, self.model = event.vin, event.plate, event.brand, event.model
        self.nature, self.sold_on, self.in_service_on = event.nature, event.sold_on, event.in_service_on
        self.holds_from_at = datetime.combine(event.sold_on + timedelta(days=1), time.min, ZoneInfo(time_zone))
        self.cause_id = cause().id
        return True

    def first_maintenance_on(self, terms: MaintenanceTerms) -> date:
        """The last day for the first maintenance."""
        return clock.months_later(self.in_service_on, terms.first_after_months)


def newest(sales: Iterable[VehicleSale]) -> VehicleSale:
    """The sale that holds for the car."""
    return max(sales, key=lambda sale: (sale.holds_from_at, sale.id))
