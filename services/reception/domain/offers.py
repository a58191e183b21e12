"""What the parts department offers, as reception has heard: prices and what lies free on the store's shelves."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Index, Select, select, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.parts import PartOffered


class PartOffer(Effect, OfStore, Base):
    """One part in one store.  A hint: only parts itself gives anything away, when the work is authorised."""

    __tablename__ = "part_offers"
    __table_args__ = (
        Index("ix_part_offers_part_no", "store_id", "part_no", unique=True, postgresql_where=text("part_no IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The place's own id in the parts department."""
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    part_no: Mapped[str] = mapped_column(nullable=True)
    name_zh: Mapped[str] = mapped_column(nullable=True)
    name_en: Mapped[str] = mapped_column(nullable=True)
    unit: Mapped[str] = mapped_column(nullable=True)
    genuine: Mapped[bool] = mapped_column(nullable=True)
    list_price_fen: Mapped[int | None]
    """Of one whole unit, tax included; None: parts has set no price."""
    free_milli: Mapped[int]
    lead_time_days: Mapped[int]
    offered_at: Mapped[datetime | None]
    told_epoch: Mapped[int]
    told_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A place of which nothing was applied yet."""
        return cls(id=key, store_id=store_id, free_milli=0, lead_time_days=0, told_epoch=0, told_version=0)

    @classmethod
    def of_parts(cls, store_id: str, part_nos: set[str]) -> Select[Self]:
        """What the store offers of these parts."""
        return select(cls).where(cls.store_id == store_id, cls.part_no.in_(part_nos))

    def tell(self, event: PartOffered) -> None:
        """Take over the newest word of the parts department."""
        if event.about.order <= (self.told_epoch, self.told_version):
            return
        self.told_epoch, self.told_version = event.about.order
        self.part_no, self.name_zh, self.name_en, self.unit = event.part_no, event.name_zh, event.name_en, event.unit
        self.genuine, self.list_price_fen = event.genuine, event.list_price_fen
        self.free_milli, self.lead_time_days, self.offered_at = event.free_milli, event.lead_time_days, event.offered_at
        self.cause_id = cause().id
