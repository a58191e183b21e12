"""The shelves of a store: what lies on them, what came in, and the ledger of every change."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from services.parts.domain.catalogue import Part
from services.parts.domain.tables import Base, PartNo
from shared import clock
from shared.database import Effect, OfStore, new_id
from shared.events import About
from shared.events.parts import PartOffered
from shared.refusal import Refused

Kind = Literal["received", "reserved", "released", "issued"]


class StockMovement(Effect, OfStore, Base):
    """One entry of the ledger: what changed on a shelf, and what lay there afterwards.  `seq` is gap-free per shelf."""

    __tablename__ = "stock_movements"
    __table_args__ = (
        UniqueConstraint("store_id", "part_no", "seq"),
        UniqueConstraint("cause_id", "kind", "part_line_id"),
        UniqueConstraint("goods_receipt_id"),
        ForeignKeyConstraint(["store_id", "part_no"], ["stock_levels.store_id", "stock_levels.part_no"]),
        CheckConstraint("num_nonnulls(part_line_id, goods_receipt_id) = 1", name="one_reason"),
        CheckConstraint("kind IN ('received', 'reserved', 'released', 'issued')", name="kind"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    part_no: Mapped[PartNo]
    seq: Mapped[int]
    kind: Mapped[str]
    on_hand_delta_milli: Mapped[int]
    reserved_delta_milli: Mapped[int]
    on_hand_after_milli: Mapped[int]
    reserved_after_milli: Mapped[int]
    cost_fen: Mapped[int]
    """What the moved goods cost us; 0 where nothing came or went."""
    part_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("part_lines.id"), index=True)
    goods_receipt_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("goods_receipts.id", deferrable=True, initially="DEFERRED")
    )
    at: Mapped[datetime]


class GoodsReceipt(Effect, OfStore, Base):
    """One line of a supplier's delivery note that was put on the shelf."""

    __tablename__ = "goods_receipts"
    __table_args__ = (CheckConstraint("quantity_milli > 0 AND unit_cost_fen >= 0", name="not_negative"),)
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    part_no: Mapped[PartNo] = mapped_column(ForeignKey("parts.part_no"))
    quantity_milli: Mapped[int]
    unit_cost_fen: Mapped[int]
    supplier: Mapped[str]
    delivery_note: Mapped[str]
    received_by: Mapped[str]
    received_at: Mapped[datetime]


class StockLevel(OfStore, Base):
    """One part's place on one store's shelves; it changes only by movements, 0 ≤ reserved ≤ on hand."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        CheckConstraint("0 <= reserved_milli AND reserved_milli <= on_hand_milli", name="reserved_within_on_hand"),
        CheckConstraint("waiting_milli >= 0", name="waiting_not_negative"),
        UniqueConstraint("id"),
        Index("ix_stock_levels_part_no", "part_no"),
        Index("ix_stock_levels_offer_at", "offer_at", postgresql_where="offer_at IS NOT NULL"),
    )
    store_id: Mapped[str] = mapped_column(primary_key=True)
    part_no: Mapped[PartNo] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(default=new_id)
    version: Mapped[int] = mapped_column(default=0)
    """The newest offer's number."""
    offer_at: Mapped[datetime | None]
    """From when on the store should say anew what it offers; None: it has said so."""
    on_hand_milli: Mapped[int]
    reserved_milli: Mapped[int]
    waiting_milli: Mapped[int]
    """What back-ordered lines wait for."""
    seq: Mapped[int]
    """The newest movement's number."""
    movements: WriteOnlyMapped[StockMovement] = relationship()

    @classmethod
    def stub(cls, key: tuple[str, str], store_id: str) -> "StockLevel":
        """An empty place; `key` is (store, part number)."""
        return cls(
            id=new_id(), version=0, store_id=store_id, part_no=key[1], on_hand_milli=0, reserved_milli=0, waiting_milli=0, seq=0
        )

    @property
    def available_milli(self) -> int:
        """What is reserved for nobody."""
        return self.on_hand_milli - self.reserved_milli

    @property
    def free_milli(self) -> int:
        """What a newcomer may have: nothing as long as others wait."""
        return 0 if self.waiting_milli else self.available_milli

    def offer(self, part: Part) -> PartOffered:
        """What the store can offer now."""
        self.version, self.offer_at = self.version + 1, None
        return PartOffered(
            about=About(subject=self.id, version=self.version, store_id=self.store_id),
            part_no=self.part_no,
            name_zh=part.name_zh,
            name_en=part.name_en,
            unit=part.unit,
            genuine=part.genuine,
            list_price_fen=part.list_price_fen,
            free_milli=self.free_milli,
            lead_time_days=part.lead_time_days,
            offered_at=clock.now(),
        )

    def wait(self, quantity_milli: int) -> None:
        """Somebody joins the queue for the part, or leaves it (negative)."""
        self.waiting_milli += quantity_milli
        self._offer_anew()

    def _offer_anew(self) -> None:
        self.offer_at = self.offer_at or clock.now()

    def receive(self, receipt: GoodsReceipt) -> None:
        """Goods came in."""
        cost = (receipt.unit_cost_fen * receipt.quantity_milli + 500) // 1000
        self._move("received", on_hand=receipt.quantity_milli, cost_fen=cost, goods_receipt_id=receipt.id)

    def reserve(self, quantity_milli: int, part_line_id: UUID) -> None:
        """Keep this quantity for a part line."""
        self._move("reserved", reserved=quantity_milli, part_line_id=part_line_id)

    def release(self, quantity_milli: int, part_line_id: UUID) -> None:
        """Keep this quantity for the part line no longer."""
        self._move("released", reserved=-quantity_milli, part_line_id=part_line_id)

    def issue(self, quantity_milli: int, cost_fen: int, part_line_id: UUID) -> None:
        """Hand out what was reserved for a part line."""
        self._move("issued", -quantity_milli, -quantity_milli, cost_fen=cost_fen, part_line_id=part_line_id)

    def _move(
        self,
        kind: Kind,
        on_hand: int = 0,
        reserved: int = 0,
        *,
        cost_fen: int = 0,
        part_line_id: UUID | None = None,
        goods_receipt_id: UUID | None = None,
    ) -> None:
        on_hand_after, reserved_after = self.on_hand_milli + on_hand, self.reserved_milli + reserved
        if not 0 <= reserved_after <= on_hand_after:
            raise Refused(
                "stock_short", "The shelf does not hold that much.", part_no=self.part_no, available_milli=self.available_milli
            )
        self.on_hand_milli, self.reserved_milli, self.seq = on_hand_after, reserved_after, self.seq + 1
        self._offer_anew()
        self.movements.add(
            StockMovement(
                store_id=self.store_id,
                part_no=self.part_no,
                seq=self.seq,
                kind=kind,
                on_hand_delta_milli=on_hand,
                reserved_delta_milli=reserved,
                on_hand_after_milli=on_hand_after,
                reserved_after_milli=reserved_after,
                cost_fen=cost_fen,
                part_line_id=part_line_id,
                goods_receipt_id=goods_receipt_id,
                at=clock.now(),
            )
        )
