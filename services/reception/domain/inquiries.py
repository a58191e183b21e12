"""The inquiry sheet (问诊单): each version stays as the customer confirmed it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect, OfStore, new_id


class Inquiry(Effect, OfStore, Base):
    """One version of a repair order's inquiry sheet; `seq` counts from 1, which is what was said at check-in."""

    __tablename__ = "inquiries"
    __table_args__ = (UniqueConstraint("ro_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    seq: Mapped[int]
    words: Mapped[str]
    symptoms: Mapped[list[dict[str, Any]]]
    warning_lamps: Mapped[list[str]]
    wishes: Mapped[list[str]]
    read_back: Mapped[bool]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's versions, newest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.seq.desc())
