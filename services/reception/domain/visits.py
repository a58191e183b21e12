"""What was done to a car at any store of the group: of each visit the essence, where repair orders are their store's alone."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import RepairOrderLine
from services.reception.domain.orders import RepairOrder
from services.reception.domain.tables import Base
from shared.database import Effect


class VehicleVisit(Effect, Base):
    """One stay of a car.  Belongs to the group and follows its repair order in the same transaction; names nobody, and holds
    nothing in the customer's words."""

    __tablename__ = "vehicle_visits"
    __table_args__ = (Index("ix_vehicle_visits_vehicle_id", "vehicle_id", "checked_in_at", "ro_id"),)

    ro_id: Mapped[UUID] = mapped_column(primary_key=True)
    vehicle_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    """As it was signed: the file may have been merged since."""
    store_id: Mapped[str]
    ro_no: Mapped[str | None]
    state: Mapped[str]
    checked_in_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None]
    odometer_km: Mapped[int]
    """The newest reading of this stay."""
    concern_codes: Mapped[list[str]]
    work: Mapped[list[dict[str, Any]]]
    """What was authorised: [{"kind", "code", "description"}], operation codes and part numbers."""
    total_fen: Mapped[int | None]

    @classmethod
    def begun_by(cls, order: RepairOrder) -> Self:
        """The visit that a repair order stands for."""
        visit = cls(
            ro_id=order.id,
            vehicle_id=order.vehicle_id,
            customer_id=order.customer_id,
            store_id=order.store_id,
            checked_in_at=order.checked_in_at,
            concern_codes=sorted({symptom["concern_code"] for symptom in order.symptoms}),
            work=[],
        )
        visit.follow(order)
        return visit

    def follow(self, order: RepairOrder) -> None:
        """Keep how far the order is."""
        self.ro_no, self.state, self.total_fen = order.ro_no, order.state, order.total_fen
        self.delivered_at = order.delivered_at
        read = order.delivery_odometer_km
        self.odometer_km = order.odometer_km if read is None else read

    def keep_work(self, lines: Iterable[RepairOrderLine]) -> None:
        """Keep what is authorised: all lines that hold now."""
        chosen = list(lines)
        self.work = [{"kind": line.kind, "code": line.code, "description": line.description} for line in chosen]
        told = {line.concern_code for line in chosen if line.concern_code}
        self.concern_codes = sorted(told | set(self.concern_codes))
