"""Whose a car was, and since when: told by the counter and by the sales system, in whatever order it is heard."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect, new_id

LONG_AGO = datetime.min.replace(tzinfo=UTC)


class VehicleOwner(Effect, Base):
    """One owner of a car for a time.  Changes under the lock of its vehicle."""

    __tablename__ = "vehicle_owners"
    __table_args__ = (
        Index("ix_vehicle_owners_vehicle_id", "vehicle_id"),
        Index("ix_vehicle_owners_customer_id", "customer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    vehicle_id: Mapped[UUID] = mapped_column(ForeignKey("vehicles.id"))
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    owned_from_on: Mapped[date | None]
    """None: since before anybody wrote it down."""
    owned_until_on: Mapped[date | None]
    """None: still."""
    holds_from_at: Mapped[datetime | None]
    """What owners are put in order by: when the counter wrote it down, or the end of the day of the sale."""

    @classmethod
    def of_vehicle(cls, vehicle_id: UUID) -> Select[Self]:
        return select(cls).where(cls.vehicle_id == vehicle_id)


def in_turn(owners: Sequence[VehicleOwner]) -> list[VehicleOwner]:
    """The owners from the first to the present one, each until the next one begins."""
    turn = sorted(owners, key=lambda owner: (owner.holds_from_at or LONG_AGO, owner.id))
    for owner, following in zip(turn, [*turn[1:], None], strict=True):
        owner.owned_until_on = following.owned_from_on if following else None
    return turn
