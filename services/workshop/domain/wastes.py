"""Hazardous waste (危废): the ledger of what was handed over to whom, under which manifest."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.database import Effect, OfStore

WasteKind = Literal["used_oil", "filters", "batteries", "coolant", "paint_waste"]
UNITS: dict[WasteKind, Literal["kg", "l"]] = {
    "used_oil": "l",
    "filters": "kg",
    "batteries": "kg",
    "coolant": "l",
    "paint_waste": "kg",
}
"""In thousandths of what each kind is counted: grams or millilitres."""


class WasteHandover(Effect, OfStore, Base):
    """An entry of the ledger, never changed: so much of one kind was handed over to a licensed receiver.  An entry that was
    wrong is put right by another one that `corrects` it; it counts no more."""

    __tablename__ = "waste_handovers"
    __table_args__ = (
        UniqueConstraint("corrects"),
        Index("ix_waste_handovers_store_id", "store_id", "id"),
        CheckConstraint("quantity_milli >= 0", name="quantity_milli"),
        CheckConstraint("waste_kind IN ('used_oil', 'filters', 'batteries', 'coolant', 'paint_waste')", name="waste_kind"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    waste_kind: Mapped[WasteKind] = mapped_column(Text())
    quantity_milli: Mapped[int]
    receiver: Mapped[str]
    manifest_no: Mapped[str]
    """Of the transfer manifest (转移联单)."""
    handed_over_on: Mapped[date]
    remark: Mapped[str | None]
    corrects: Mapped[UUID | None] = mapped_column(ForeignKey("waste_handovers.id"))
    recorded_by: Mapped[str]
    recorded_at: Mapped[datetime]

    @property
    def unit(self) -> Literal["kg", "l"]:
        """The quantity is in thousandths of it."""
        return UNITS[self.waste_kind]
