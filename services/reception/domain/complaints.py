"""Complaints, kept so that the advisor knows of them at the customer's next visit to any store."""

from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect


class CustomerComplaint(Effect, Base):
    """An opened complaint.  Belongs to the group, as its customer does."""

    __tablename__ = "customer_complaints"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[UUID | None] = mapped_column(index=True)
    flagged_ro_id: Mapped[UUID | None]
    """The next visit's repair order, where the advisor was told."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(id=key)
