"""The catalogue of parts, one for the whole group."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.parts.domain.tables import Base, PartNo
from shared import clock
from shared.cause import cause
from shared.database import Effect, new_id

ENTRY = ("name_zh", "name_en", "unit", "cost_fen", "list_price_fen", "lead_time_days", "genuine")
"""What the catalogue says of a part."""


class Part(Effect, Base):
    """An article of the group's catalogue; `cost_fen` is what one whole unit costs us, `list_price_fen` what customers pay for
    it, tax included.  `version` rises with every change of the entry and is its ETag."""

    __tablename__ = "parts"
    __table_args__ = (
        CheckConstraint("cost_fen >= 0 AND lead_time_days >= 0 AND list_price_fen >= 0", name="not_negative"),
        UniqueConstraint("id"),
        Index("ix_parts_offer_at", "offer_at", postgresql_where="offer_at IS NOT NULL"),
    )
    part_no: Mapped[PartNo] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    offer_at: Mapped[datetime | None]
    """From when on the stores should say anew what they offer; None: they have said so."""
    version: Mapped[int]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    unit: Mapped[str]
    cost_fen: Mapped[int]
    list_price_fen: Mapped[int | None]
    lead_time_days: Mapped[int]
    genuine: Mapped[bool]

    def says(self, entry: dict[str, Any]) -> bool:
        """Whether the catalogue has exactly this entry."""
        return all(getattr(self, name) == entry[name] for name in ENTRY)

    def change(self, entry: dict[str, Any]) -> None:
        """Replace the entry in the whole group."""
        for name in ENTRY:
            setattr(self, name, entry[name])
        self.offer_at = clock.now()
        self.version += 1
        self.cause_id = cause().id

    def cost_of(self, quantity_milli: int) -> int:
        """What this quantity costs us in fen, rounded half up."""
        return (self.cost_fen * quantity_milli + 500) // 1000

    def expected_at(self) -> datetime:
        """When the supplier brings what is ordered now."""
        return clock.now() + timedelta(days=self.lead_time_days)
