"""Money: payments, deposits, refunds.  Rows that are written once, but for how much of a deposit or payment is left."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore, new_id
from shared.refusal import Refused

ON_ACCOUNT = "on_account"
DEPOSIT = "deposit"
MEMBERSHIP = ("stored_value", "points", "package", "voucher")
"""Methods that bring no money: what a member holds is used."""
WITHOUT_POINTS = (ON_ACCOUNT, "points", "voucher")
"""What is paid so brings no points (R14)."""


class Payment(Effect, OfStore, Base):
    """Money that came in for an invoice, was put on account, came out of a deposit, or was taken from what a member holds."""

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("cause_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("0 <= refunded_fen AND refunded_fen <= amount_fen", name="refunded"),
        Index(None, "store_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    method: Mapped[str]
    amount_fen: Mapped[int]
    refunded_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    reference: Mapped[str | None]
    deposit_id: Mapped[UUID | None] = mapped_column(ForeignKey("deposits.id"))
    transfer_id: Mapped[UUID | None] = mapped_column(ForeignKey("transfers.id"))
    """How what a member holds was used for it."""
    ro_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("repair_order_lines.id"))
    """The labour line that a session of a package card paid."""
    received_at: Mapped[datetime]

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"refunded_fen": 0, **fields})

    @property
    def left_fen(self) -> int:
        """What did not go back."""
        return self.amount_fen - self.refunded_fen

    def give_back(self, amount_fen: int) -> None:
        """Refused: `no_money_to_refund` for what is agreed to come later, `refund_above_payment`."""
        if self.method == ON_ACCOUNT:
            raise Refused(
                "no_money_to_refund", "This payment brought no money; credit the invoice instead.", method=self.method
            )
        if amount_fen > self.left_fen:
            raise Refused(
                "refund_above_payment", "More than was paid cannot go back.", left_fen=self.left_fen, amount_fen=amount_fen
            )
        self.refunded_fen += amount_fen


class Deposit(Aggregate, Base):
    """Money taken for a repair order before its bill (订金); used for the customer's invoice, the rest goes back."""

    __tablename__ = "deposits"
    __table_args__ = (
        UniqueConstraint("cause_id"),
        CheckConstraint("amount_fen > 0 AND used_fen >= 0 AND refunded_fen >= 0", name="not_negative"),
        CheckConstraint("used_fen + refunded_fen <= amount_fen", name="within"),
        Index(None, "store_id", "received_at"),
    )

    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"), index=True)
    method: Mapped[str]
    amount_fen: Mapped[int]
    used_fen: Mapped[int]
    refunded_fen: Mapped[int]
    reference: Mapped[str | None]
    received_at: Mapped[datetime]

    def __init__(self, **fields: Any) -> None:
        super().__init__(used_fen=0, refunded_fen=0, received_at=clock.now(), **fields)
        self.version = 1

    @property
    def left_fen(self) -> int:
        return self.amount_fen - self.used_fen - self.refunded_fen

    def use(self, amount_fen: int) -> None:
        """Refused: `deposit_too_small`."""
        self._take(amount_fen)
        self.used_fen += amount_fen

    def give_back(self, amount_fen: int) -> None:
        """Refused: `deposit_too_small`."""
        self._take(amount_fen)
        self.refunded_fen += amount_fen

    def _take(self, amount_fen: int) -> None:
        if amount_fen > self.left_fen:
            raise Refused(
                "deposit_too_small", "The deposit does not hold that much.", left_fen=self.left_fen, amount_fen=amount_fen
            )
        self.version += 1


class Refund(Effect, OfStore, Base):
    """Money that went back, from a payment or from a deposit, with the approval of a second person (C16)."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("cause_id"),
        CheckConstraint("amount_fen > 0", name="amount"),
        CheckConstraint("num_nonnulls(payment_id, deposit_id) = 1", name="one_source"),
        Index(None, "store_id", "refunded_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payments.id"), index=True)
    deposit_id: Mapped[UUID | None] = mapped_column(ForeignKey("deposits.id"), index=True)
    method: Mapped[str]
    amount_fen: Mapped[int]
    reason: Mapped[str]
    approval_id: Mapped[UUID] = mapped_column(ForeignKey("approvals.id"))
    refunded_at: Mapped[datetime]

    def __init__(self, **fields: Any) -> None:
        super().__init__(id=new_id(), refunded_at=clock.now(), **fields)
