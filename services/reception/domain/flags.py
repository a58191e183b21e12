"""What whoever receives a car next must know of it: recalls, campaigns, warnings, notes – for all stores of the group."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, or_, select, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, new_id
from shared.refusal import Refused


class VehicleFlag(Effect, Base):
    """One thing to be remembered of a vehicle until it is cleared or no longer valid.  Belongs to the group, as the vehicle."""

    __tablename__ = "vehicle_flags"
    __table_args__ = (
        CheckConstraint("kind IN ('recall', 'campaign', 'three_guarantee', 'note')", name="kind"),
        CheckConstraint("num_nulls(cleared_by, cleared_at, cleared_reason) IN (0, 3)", name="cleared"),
        Index(None, "vehicle_id"),
        Index(
            "uq_vehicle_flags_raised", "vehicle_id", "kind", "code", unique=True,
            postgresql_where=text("cleared_at IS NULL AND kind <> 'note'"),
        ),
    )  # fmt: skip
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    version: Mapped[int] = mapped_column()
    vehicle_id: Mapped[UUID] = mapped_column(ForeignKey("vehicles.id"))
    kind: Mapped[str]
    code: Mapped[str]
    text: Mapped[str]
    valid_until_on: Mapped[date | None]
    """The last day on which it counts, where the car is received."""
    raised_by: Mapped[str]
    raised_at: Mapped[datetime]
    cleared_by: Mapped[str | None]
    cleared_at: Mapped[datetime | None]
    cleared_reason: Mapped[str | None]

    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # noqa: RUF012  (SQLAlchemy only reads it)

    def __init__(self, **fields: Any) -> None:
        made = {"id": new_id(), "version": 1, "raised_by": cause().actor, "raised_at": clock.now()}
        super().__init__(**made, **fields)

    @classmethod
    def raised(cls, vehicle_id: UUID) -> Select[Self]:
        """What nobody has cleared, whether it still counts or not."""
        return select(cls).where(cls.vehicle_id == vehicle_id, cls.cleared_at.is_(None)).order_by(cls.id)

    @classmethod
    def counting(cls, vehicle_id: UUID, day: date) -> Select[Self]:
        """What counts on that day."""
        return cls.raised(vehicle_id).where(or_(cls.valid_until_on.is_(None), cls.valid_until_on >= day))

    def clear(self, reason: str) -> None:
        """It is done.  Refused: `flag_cleared`."""
        if self.cleared_at is not None:
            raise Refused("flag_cleared", "Somebody has cleared this already.", cleared_at=self.cleared_at.isoformat())
        self.cleared_by, self.cleared_at, self.cleared_reason = cause().actor, clock.now(), reason
        self.version += 1
