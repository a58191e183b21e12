"""Photos of a repair order: the row that says what a blob shows; the picture itself lies in the store of blobs."""

import secrets
from datetime import date, datetime
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Effect, OfStore, new_id

FOLDER = "photos"


class Photo(Effect, OfStore, Base):
    """A photo as it was developed: a JPEG of this digest, without any metadata.  May show people."""

    __tablename__ = "photos"
    __table_args__ = (CheckConstraint("size_bytes > 0 AND width_px > 0 AND height_px > 0", name="size"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    kind: Mapped[str]
    panel: Mapped[str | None]
    blob_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size_bytes: Mapped[int]
    width_px: Mapped[int]
    height_px: Mapped[int]
    taken_by: Mapped[str]
    taken_at: Mapped[datetime]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's photos, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.id)


def folder_of(day: date) -> str:
    """Where the blobs of a day (UTC) lie, so that what has no row can be found day by day."""
    return f"{FOLDER}/{day.isoformat()}"


def fresh_key(day: date) -> str:
    """A key that nobody can guess."""
    return f"{folder_of(day)}/{secrets.token_hex(16)}.jpg"
