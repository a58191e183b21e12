"""The ledger of what the house owes its members: transfers whose legs sum to zero in every unit."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore, new_id

FEN, POINTS, SESSIONS, VOUCHERS = "fen", "points", "sessions", "vouchers"
LIABILITIES = frozenset({"principal", "bonus", "points", "package", "voucher"})
"""Accounts of what is owed to members; all others are the house's own."""
RECEIVED, PAID_OUT, REDEEMED, BREAKAGE = "cash_received", "refunds_paid", "redeemed", "breakage"
"""The house's accounts: money that came and went, what was used for bills, what lapsed.  Beside them one for what each kind
costs the house: `bonus_expense`, `points_expense`, `voucher_expense`, `package_expense`."""
SHORT = "points_short"
"""The house's account of points that members owe it: taken back after they had been spent, and not made up for yet."""


class TransferLeg(Effect, Base):
    """One side of a transfer: a positive amount is owed more, or was taken by the house's account; a negative one the
    reverse."""

    __tablename__ = "transfer_legs"
    __table_args__ = (CheckConstraint("amount <> 0", name="amount"),)

    transfer_id: Mapped[UUID] = mapped_column(ForeignKey("transfers.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[int]
    holding_id: Mapped[UUID | None] = mapped_column(ForeignKey("holdings.id"), index=True)
    """Which of the member's holdings; None for the house's accounts."""


class Transfer(Effect, Base):
    """One movement between a member and the house, written once.  It belongs to the member, and so to the group; `store_id` is
    where it happened."""

    __tablename__ = "transfers"
    __table_args__ = (
        Index("ix_transfers_member_id", "member_id", "id"),
        Index("ix_transfers_store", "store_id", "moved_at"),
        Index(None, "invoice_id"),
        CheckConstraint("short >= 0", name="short"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    store_id: Mapped[str]
    member_id: Mapped[UUID] = mapped_column(ForeignKey("members.id"))
    kind: Mapped[str]
    method: Mapped[str | None]
    """How money came or went, or by what a bill was paid."""
    invoice_id: Mapped[UUID | None] = mapped_column(ForeignKey("invoices.id"))
    source_id: Mapped[UUID | None] = mapped_column(unique=True)
    """The payment, refund or request that it follows from, so that nothing is booked twice; None for what fell due."""
    approval_id: Mapped[UUID | None] = mapped_column(ForeignKey("approvals.id"))
    reason: Mapped[str | None]
    reference: Mapped[str | None]
    short: Mapped[int]
    """Points that were to be taken back and had been spent; the leg of `points_short` books them."""
    actor: Mapped[str]
    moved_at: Mapped[datetime]
    legs: Mapped[list[TransferLeg]] = relationship(lazy="raise", order_by=TransferLeg.seq)

    def __init__(self, **fields: Any) -> None:
        made = {"id": new_id(), "short": 0, "actor": cause().actor, "moved_at": clock.now(), "legs": []}
        super().__init__(**{**made, **fields})

    def leg(self, account: str, unit: str, amount: int, holding_id: UUID | None = None) -> None:
        """Add a side; nothing moves nothing."""
        if amount:
            self.legs.append(
                TransferLeg(
                    transfer_id=self.id, seq=len(self.legs) + 1, account=account, unit=unit, amount=amount,
                    holding_id=holding_id,
                )
            )  # fmt: skip

    def between(self, source: str, target: str, unit: str, amount: int) -> None:
        """Both sides between two accounts of the house."""
        self.leg(source, unit, -amount)
        self.leg(target, unit, amount)

    def refuse_unbalanced(self) -> None:
        """ValueError for a transfer out of or into nothing: that is a defect, no decision of anybody."""
        sums = Counter[str]()
        for leg in self.legs:
            sums[leg.unit] += leg.amount
        if not self.legs or any(sums.values()):
            raise ValueError(f"the legs of a transfer sum to {dict(sums)}")

    def sides(self) -> Iterator[list[TransferLeg]]:
        """Per unit the legs from which something went, then those to which it went."""
        for unit in sorted({leg.unit for leg in self.legs}):
            mine = [leg for leg in self.legs if leg.unit == unit]
            yield [leg for leg in mine if leg.amount < 0]
            yield [leg for leg in mine if leg.amount > 0]


class LedgerBalance(OfStore, Base):
    """What the movements in one store came to on one account; all of a store's accounts of one unit sum to zero."""

    __tablename__ = "ledger_balances"

    store_id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(primary_key=True)
    unit: Mapped[str] = mapped_column(primary_key=True)
    balance: Mapped[int]
