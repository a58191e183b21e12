"""Estimates: numbered, unchangeable proposals; only the newest one of a repair order can be authorised."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from services.reception.domain.lines import PricedLine
from services.reception.domain.tables import Base
from shared.database import Effect, OfStore, new_id


class EstimateLine(PricedLine, Base):
    """A proposed line; its id stays the line's id when it is authorised."""

    __tablename__ = "estimate_lines"
    estimate_id: Mapped[UUID] = mapped_column(ForeignKey("estimates.id"), index=True)


class Estimate(Effect, OfStore, Base):
    """What the work would cost, as told to the customer.  The version `number` counts from 1 within a repair order."""

    __tablename__ = "estimates"
    __table_args__ = (UniqueConstraint("ro_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    number: Mapped[int]
    made_at: Mapped[datetime]
    total_fen: Mapped[int]
    lines: Mapped[list[EstimateLine]] = relationship(lazy="raise", order_by=EstimateLine.position)

    @classmethod
    def numbered(cls, ro_id: UUID, number: int) -> Select[Self]:
        """This version of the order's estimate with its lines."""
        return select(cls).where(cls.ro_id == ro_id, cls.number == number).options(selectinload(cls.lines))
