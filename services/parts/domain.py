"""The nouns of the parts department and their rules: catalogue, shelf, ledger, and the part lines of repair orders."""

from datetime import datetime, timedelta
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, WriteOnlyMapped, mapped_column, relationship

from shared import clock, database
from shared.cause import cause
from shared.database import Aggregate, Effect, OfStore, Stated, new_id
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.refusal import Refused

PartNo = Annotated[str, mapped_column(Text(collation="C"))]
Kind = Literal["received", "reserved", "released", "issued"]


class Base(database.Base):
    """All tables of this service."""

    __abstract__ = True
    metadata = database.metadata()


class Part(Effect, Base):
    """An article of the group's catalogue; `cost_fen` is what one whole unit costs us."""

    __tablename__ = "parts"
    __table_args__ = (CheckConstraint("cost_fen >= 0 AND lead_time_days >= 0", name="not_negative"),)
    part_no: Mapped[PartNo] = mapped_column(primary_key=True)
    name_zh: Mapped[str]
    name_en: Mapped[str]
    unit: Mapped[str]
    cost_fen: Mapped[int]
    lead_time_days: Mapped[int]
    genuine: Mapped[bool]

    def cost_of(self, quantity_milli: int) -> int:
        """What this quantity costs us in fen, rounded half up."""
        return (self.cost_fen * quantity_milli + 500) // 1000

    def expected_at(self) -> datetime:
        """When the supplier brings what is ordered now."""
        return clock.now() + timedelta(days=self.lead_time_days)


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
    )
    store_id: Mapped[str] = mapped_column(primary_key=True)
    part_no: Mapped[PartNo] = mapped_column(primary_key=True)
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
        return cls(store_id=store_id, part_no=key[1], on_hand_milli=0, reserved_milli=0, waiting_milli=0, seq=0)

    @property
    def available_milli(self) -> int:
        """What is reserved for nobody."""
        return self.on_hand_milli - self.reserved_milli

    @property
    def free_milli(self) -> int:
        """What a newcomer may have: nothing as long as others wait."""
        return 0 if self.waiting_milli else self.available_milli

    def receive(self, receipt: GoodsReceipt) -> None:
        """Goods came in."""
        cost = (receipt.unit_cost_fen * receipt.quantity_milli + 500) // 1000
        self._move("received", on_hand=receipt.quantity_milli, cost_fen=cost, goods_receipt_id=receipt.id)

    def reserve(self, quantity_milli: int, part_line_id: UUID) -> None:
        """Keep this quantity for a part line."""
        self._move("reserved", reserved=quantity_milli, part_line_id=part_line_id)

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


class PartLine(Aggregate, Stated, Base):
    """A part that an authorised repair order needs; its id is the order's `ro_line_id`.  Part and quantity never change under
    one id; the promise may."""

    __tablename__ = "part_lines"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'backordered', 'reserved', 'issued')", name="state"),
        CheckConstraint("quantity_milli > 0", name="quantity"),
        CheckConstraint(
            "authorised_version = 0 OR num_nulls(ro_id, job_id, part_no, quantity_milli, promised_at) = 0", name="filled"
        ),
        Index(None, "store_id", "state", "id"),
        Index(None, "ro_id"),
        Index("ix_part_lines_waiting", "store_id", "part_no", "promised_at", "id", postgresql_where="state = 'backordered'"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("requested", "reserved"),
            ("requested", "backordered"),
            ("backordered", "reserved"),
            ("reserved", "issued"),
        }
    )
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    job_id: Mapped[UUID] = mapped_column(nullable=True)
    part_no: Mapped[PartNo] = mapped_column(nullable=True)
    quantity_milli: Mapped[int] = mapped_column(nullable=True)
    promised_at: Mapped[datetime] = mapped_column(nullable=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    """The newest `work_authorised` of the repair order that spoke of this line."""
    short_milli: Mapped[int]
    """What the shelf lacked when the line was back-ordered, 0 once it is reserved."""
    eta_at: Mapped[datetime | None]
    cost_fen: Mapped[int | None]
    """What the issued parts cost us."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "PartLine":
        """A line of which nothing was heard yet."""
        return cls(
            id=key, store_id=store_id, state="requested", state_seq=0, authorised_epoch=0, authorised_version=0, short_milli=0
        )

    def authorise(self, line: AuthorisedLine, by: WorkAuthorised) -> bool:
        """Take over what reception says of this line unless something newer is known; True when this is the first we hear
        of it.  Refused('line_incomplete') without part, quantity or job."""
        if by.about.order <= (self.authorised_epoch, self.authorised_version):
            return False
        first = self.authorised_version == 0
        self.authorised_epoch, self.authorised_version = by.about.order
        self.promised_at = by.promised_at
        if first:
            if line.part_no is None or line.labour_line_id is None or not line.quantity_milli:
                raise Refused("line_incomplete", "A part line names its part, quantity and job.", ro_line_id=str(self.id))
            self.ro_id, self.job_id = by.about.subject, line.labour_line_id
            self.part_no, self.quantity_milli = line.part_no, line.quantity_milli
            self.cause_id = cause().id
            self.begin("requested")
        return first

    def fits(self, level: StockLevel) -> bool:
        """Whether a newcomer with this quantity can be met at once."""
        return self.quantity_milli <= level.free_milli

    def reserve(self, level: StockLevel) -> PartsReserved:
        """Reserve the whole quantity; a line that waited leaves the queue."""
        waited = self.state == "backordered"
        self.move("reserved")
        level.reserve(self.quantity_milli, self.id)
        if waited:
            level.waiting_milli -= self.quantity_milli
        self.short_milli, self.eta_at = 0, None
        return PartsReserved(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            reserved_at=clock.now(),
        )

    def backorder(self, level: StockLevel, eta_at: datetime | None) -> PartsBackordered:
        """Join the queue for the part; `eta_at` is when the supplier is expected, None when the part is not known."""
        self.move("backordered")
        self.short_milli, self.eta_at = self.quantity_milli - level.free_milli, eta_at
        level.waiting_milli += self.quantity_milli
        return PartsBackordered(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            short_milli=self.short_milli,
            eta_at=eta_at,
            backordered_at=clock.now(),
        )

    def issue(self, level: StockLevel, part: Part | None) -> PartsIssued:
        """Hand the whole quantity to the job at the catalogue's cost; Refused('part_not_in_catalogue') without one."""
        self.move("issued")
        if part is None:
            raise Refused("part_not_in_catalogue", "The catalogue does not keep this part.", part_nos=[self.part_no])
        self.cost_fen = part.cost_of(self.quantity_milli)
        level.issue(self.quantity_milli, self.cost_fen, self.id)
        return PartsIssued(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            cost_fen=self.cost_fen,
            issued_at=clock.now(),
        )
