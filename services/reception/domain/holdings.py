"""What a member holds: stored value, points, sessions of package cards, vouchers – each in lots with their own expiry."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, select, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.ledger import FEN, Transfer
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Effect, new_id
from shared.money import WHOLE_BP
from shared.refusal import Refused


class PackageCard(Effect, Base):
    """A sold card of prepaid services (套餐卡); its lines are holdings.  Belongs to the group, as its member does."""

    __tablename__ = "package_cards"
    __table_args__ = (CheckConstraint("price_fen > 0", name="price"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[str]
    name: Mapped[str]
    price_fen: Mapped[int]
    sold_at: Mapped[datetime]

    def __init__(self, **fields: Any) -> None:
        super().__init__(id=new_id(), sold_at=clock.now(), **fields)


class Holding(Effect, Base):
    """One lot of one kind: `balance` in its unit is what is left of `granted`.  Belongs to the group; `store_id` is where it
    was given."""

    __tablename__ = "holdings"
    __table_args__ = (
        CheckConstraint("kind IN ('principal', 'bonus', 'points', 'package', 'voucher')", name="kind"),
        CheckConstraint("balance >= 0 AND worth_fen >= 0", name="not_overdrawn"),
        CheckConstraint("balance <= granted", name="granted"),
        CheckConstraint("lapsed >= 0 AND taken_back >= 0 AND lapsed + taken_back <= granted", name="gone"),
        CheckConstraint("(kind = 'package') = (op_code IS NOT NULL AND card_id IS NOT NULL)", name="package"),
        CheckConstraint("kind <> 'voucher' OR num_nonnulls(face_fen, discount_bp) = 1", name="voucher"),
        Index("ix_holdings_member_id", "member_id", "id"),
        Index(None, "card_id"),
        Index("ix_holdings_source_id", "source_id", postgresql_where=text("source_id IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    store_id: Mapped[str]
    kind: Mapped[str]
    unit: Mapped[str]
    balance: Mapped[int]
    granted: Mapped[int]
    worth_fen: Mapped[int]
    """Of a package line: the share of the card's price that its sessions still stand for."""
    taken_back: Mapped[int]
    """Points of a bill that was credited or refunded, spent ones included."""
    lapsed: Mapped[int]
    source_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    """The bill that points were earned by."""
    given_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    """From then on it cannot be used; None: never."""
    card_id: Mapped[UUID | None] = mapped_column(ForeignKey("package_cards.id"))
    op_code: Mapped[str | None]
    """The labour operation that a session pays for."""
    face_fen: Mapped[int | None]
    discount_bp: Mapped[int | None]
    cap_fen: Mapped[int | None]
    """The most that a voucher per cent gives."""
    min_spend_fen: Mapped[int | None]
    valid_from: Mapped[datetime | None]
    transferable: Mapped[bool] = mapped_column(default=False)
    """Whether a voucher pays anybody's bill or only its member's."""

    def __init__(self, **fields: Any) -> None:
        made = {"id": new_id(), "worth_fen": 0, "taken_back": 0, "lapsed": 0, "given_at": clock.now(), "transferable": False}
        super().__init__(**{**made, "balance": fields.get("granted"), **fields})

    @classmethod
    def of_member(
        cls, member_id: UUID, *, also: Iterable[UUID] = (), bill: UUID | None = None, card_id: UUID | None = None
    ) -> Select[Self]:
        """What a member holds; `also` the empty lots with these ids, those earned by this bill, this card's lines."""
        wanted = (cls.balance > 0) | cls.id.in_(list(also))
        if bill is not None:
            wanted |= cls.source_id == bill
        if card_id is not None:
            wanted |= cls.card_id == card_id
        return select(cls).where(cls.member_id == member_id, wanted).order_by(cls.id)

    @property
    def expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= clock.now()

    @property
    def soonest(self) -> tuple[bool, datetime, UUID]:
        """What expires first is used first, then what was given first."""
        return self.expires_at is None, self.expires_at or self.given_at, self.id

    @property
    def room(self) -> int:
        """How much was used of it, and may come back."""
        return self.granted - self.balance - self.lapsed - self.taken_back

    def change(self, amount: int, transfer: Transfer) -> None:
        """More or less of the unit; Refused('balance_too_small')."""
        if self.balance + amount < 0:
            raise Refused("balance_too_small", "There is not that much left.", left=self.balance, wanted=-amount)
        self.balance += amount
        transfer.leg(self.kind, self.unit, amount, self.id)

    def change_worth(self, amount_fen: int, transfer: Transfer) -> None:
        """More or less of what a package line's sessions stand for."""
        self.worth_fen += amount_fen
        transfer.leg(self.kind, FEN, amount_fen, self.id)

    @property
    def next_session_fen(self) -> int:
        """What the next session stands for; the fen that cannot be shared evenly go to the first ones."""
        return -(-self.worth_fen // self.balance) if self.balance else 0

    def discount_on(self, open_fen: int, owed_fen: int) -> int:
        """What a voucher gives on the open part of a bill over `owed_fen`.  Refused: `voucher_not_usable`, `below_min_spend`,
        `nothing_to_pay`."""
        if self.balance == 0 or self.expired or (self.valid_from is not None and self.valid_from > clock.now()):
            raise Refused("voucher_not_usable", "The voucher is used, expired or not valid yet.", voucher_id=self.id)
        if owed_fen < (self.min_spend_fen or 0):
            raise Refused(
                "below_min_spend",
                "The bill is too small for this voucher.",
                min_spend_fen=self.min_spend_fen,
                owed_fen=owed_fen,
            )
        face = self.face_fen if self.face_fen is not None else open_fen * (self.discount_bp or 0) // WHOLE_BP
        given = min(face, open_fen, *([self.cap_fen] if self.cap_fen is not None else []))
        if given == 0:
            raise Refused("nothing_to_pay", "There is nothing that this could pay.", open_fen=open_fen)
        return given

    def refuse_unusable_session(self) -> None:
        """Refused('package_not_usable')."""
        if self.balance == 0 or self.expired:
            raise Refused("package_not_usable", "No session is left, or the card expired.", package_line_id=self.id)
