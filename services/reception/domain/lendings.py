"""A car that its customer has while its work waits (待料-车辆已还): the order goes on, the car comes again."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.agreeing import AgreedWork
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore, new_id
from shared.events.reception import VehicleLentBack, VehicleTakenBack
from shared.refusal import Refused


class Lending(Effect, OfStore, Base):
    """That the customer took the car with them meanwhile; `taken_back_at` is when it was here again."""

    __tablename__ = "lendings"
    __table_args__ = (
        Index("uq_lendings_lasting", "ro_id", unique=True, postgresql_where=text("taken_back_at IS NULL")),
        Index("ix_lendings_ro_id", "ro_id"),
        CheckConstraint("taken_back_at >= lent_at", name="in_order"),
        CheckConstraint("num_nulls(taken_back_at, taken_back_by, taken_back_km) IN (0, 3)", name="taken_back"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    reason_code: Mapped[str]
    expected_on: Mapped[date | None]
    lent_km: Mapped[int]
    lent_at: Mapped[datetime]
    lent_by: Mapped[str]
    taken_back_km: Mapped[int | None]
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[str | None]

    def end(self, odometer_km: int, at: datetime) -> None:
        """The car is here again."""
        self.taken_back_km, self.taken_back_at, self.taken_back_by = odometer_km, at, cause().actor


class LentCar(AgreedWork):
    """The part of a repair order while its car is not here."""

    def lend_back(self, reason_code: str, odometer_km: int, expected_on: date | None) -> tuple[Lending, VehicleLentBack]:
        """The customer takes the car with them until its work can go on.  Refused: `order_not_in_work`, `car_lent_back`."""
        self.only_orders_in_work_grow()
        self.refuse_lent_back()
        self.lent_at = clock.now()
        lending = Lending(
            id=new_id(), store_id=self.store_id, ro_id=self.id, reason_code=reason_code, expected_on=expected_on,
            lent_km=odometer_km, lent_at=self.lent_at, lent_by=cause().actor,
        )  # fmt: skip
        return lending, VehicleLentBack(
            about=self.next_version(self.id),
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            reason_code=reason_code,
            expected_on=expected_on.isoformat() if expected_on else None,
            odometer_km=odometer_km,
            lent_at=self.lent_at,
        )

    def take_back(self, lending: Lending | None, odometer_km: int) -> VehicleTakenBack:
        """The car is here again.  Refused('car_is_here')."""
        if lending is None or self.lent_at is None:
            raise Refused("car_is_here", "The customer does not have the car.")
        now, self.lent_at = clock.now(), None
        lending.end(odometer_km, now)
        return VehicleTakenBack(
            about=self.next_version(self.id),
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            odometer_km=odometer_km,
            taken_back_at=now,
        )

    def refuse_lent_back(self) -> None:
        """Refused('car_lent_back')."""
        if self.lent_at is not None:
            raise Refused("car_lent_back", "The customer has the car; take it back first.", lent_at=self.lent_at.isoformat())
