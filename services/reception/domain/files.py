"""When a file of customer and car is complete (R10), and when it must be asked for anew (R2)."""

from datetime import date, datetime, timedelta
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.customers import Customer
from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from services.reception.domain.vehicles import Vehicle
from shared import clock
from shared.database import Effect
from shared.fields import ShortText

FileField = Literal[
    "name", "phone", "address", "services_wished", "plate", "vin", "model", "vehicle_type", "maintenance_interval",
    "in_service_on",
]  # fmt: skip
AGEING = {"phone": Customer, "address": Customer, "plate": Vehicle}
"""What becomes untrue by itself, and whose confirmation counts for it."""


class FileTerms(Terms, name="files"):
    """How complete files must be, how soon after a visit, and for how long what they say is trusted."""

    complete_within_days: Annotated[int, Field(strict=True, ge=0, le=365)] = 2
    required: tuple[FileField, ...] = (
        "name", "phone", "address", "services_wished", "plate", "vin", "model", "vehicle_type", "maintenance_interval",
    )  # fmt: skip
    refresh_after_days: Annotated[int, Field(strict=True, ge=1, le=3_650)] = 365
    consent_text: ShortText = "2026-1"
    """Version of the text by which the counter asks for consent."""

    def due_on(self, visited_on: date) -> date:
        """The last day to complete a file after a visit."""
        return visited_on + timedelta(days=self.complete_within_days)


class IncompleteFile(Effect, Base):
    """A visit after which something was missing in the file of the customer and the car; ends when it is complete.  Belongs to
    the group, as both files do, so that any store can complete them."""

    __tablename__ = "incomplete_files"
    __table_args__ = (
        Index("ix_incomplete_files_due", "visited_store_id", "due_on", "ro_id", postgresql_where="completed_at IS NULL"),
        Index("ix_incomplete_files_due_on", "due_on", "ro_id", postgresql_where="completed_at IS NULL"),
        Index("ix_incomplete_files_customer_id", "customer_id", postgresql_where="completed_at IS NULL"),
        Index("ix_incomplete_files_vehicle_id", "vehicle_id", postgresql_where="completed_at IS NULL"),
    )

    ro_id: Mapped[UUID] = mapped_column(primary_key=True)
    """The first visit after which it was so."""
    visited_store_id: Mapped[str]
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    vehicle_id: Mapped[UUID] = mapped_column(ForeignKey("vehicles.id"))
    due_on: Mapped[date]
    completed_at: Mapped[datetime | None]

    @classmethod
    def still_open(cls, *, customer_id: UUID | None = None, vehicle_id: UUID | None = None) -> Select[Self]:
        """What is not complete yet of this customer's, this car's, or both's files, the oldest visit first."""
        found = select(cls).where(cls.completed_at.is_(None)).order_by(cls.ro_id)
        if customer_id is not None:
            found = found.where(cls.customer_id == customer_id)
        if vehicle_id is not None:
            found = found.where(cls.vehicle_id == vehicle_id)
        return found

    def complete(self) -> None:
        """Nothing is missing any more."""
        self.completed_at = clock.now()


def missing(customer: Customer, vehicle: Vehicle, terms: FileTerms) -> list[FileField]:
    """What the terms want and nobody has written down yet."""
    known: dict[FileField, object] = {
        "name": customer.name,
        "phone": customer.phone,
        "address": customer.address,
        "services_wished": customer.services_wished,
        "plate": vehicle.plate,
        "vin": vehicle.vin,
        "model": vehicle.model,
        "vehicle_type": vehicle.vehicle_type,
        "maintenance_interval": vehicle.maintenance_months or vehicle.maintenance_km,
        "in_service_on": vehicle.in_service_on,
    }
    return [field for field in terms.required if not known[field]]


def stale(customer: Customer, vehicle: Vehicle, terms: FileTerms) -> list[str]:
    """What is written down, but was not confirmed for so long that it must be asked for again."""
    trusted_from = clock.now() - timedelta(days=terms.refresh_after_days)
    found = []
    for field, kind in AGEING.items():
        file = customer if kind is Customer else vehicle
        if getattr(file, field) and (file.confirmed_at is None or file.confirmed_at < trusted_from):
            found.append(field)
    return found
