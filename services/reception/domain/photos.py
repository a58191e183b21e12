"""Photos of a repair order: the row that says what a blob shows; the picture itself lies in the store of blobs."""

from typing import Self
from uuid import UUID

from sqlalchemy import ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect, OfStore, new_id
from shared.pictures import Album, Pictured, has_a_size


class Photo(Pictured, Effect, OfStore, Base):
    """A photo of a car that is here."""

    __tablename__ = "photos"
    __table_args__ = (has_a_size(),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    kind: Mapped[str]
    panel: Mapped[str | None]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's photos, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.id)


ALBUM = Album("photos", Photo)
