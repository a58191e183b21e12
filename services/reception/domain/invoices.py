"""Invoices: one per payer of a repair order, to the fen, and the money that comes in for them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Select, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from services.reception.domain.lines import PricedLine
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore, new_id
from shared.events import Payer
from shared.events.reception import InvoiceIssued, PaymentReceived
from shared.money import split
from shared.refusal import Refused

ON_ACCOUNT = "on_account"


class InvoiceLine(Effect, OfStore, Base):
    """What one payer owes for one line."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    ro_line_id: Mapped[UUID] = mapped_column(ForeignKey("repair_order_lines.id"), primary_key=True)
    amount_fen: Mapped[int]


class Payment(Effect, OfStore, Base):
    """Money that came in, or was put on account."""

    __tablename__ = "payments"
    __table_args__ = (UniqueConstraint("cause_id"), CheckConstraint("amount_fen > 0", name="amount"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), index=True)
    method: Mapped[str]
    amount_fen: Mapped[int]
    reference: Mapped[str | None]
    received_at: Mapped[datetime]


class Invoice(Aggregate, Base):
    """What one payer owes for a repair order; locked from the moment it is issued."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("ro_id", "payer"),
        CheckConstraint("0 <= paid_fen AND paid_fen <= amount_fen", name="paid"),
        CheckConstraint("0 <= on_account_fen AND on_account_fen <= amount_fen - paid_fen", name="on_account"),
    )

    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    invoice_no: Mapped[str] = mapped_column(unique=True)
    payer: Mapped[str]
    amount_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)
    """All money so far."""
    on_account_fen: Mapped[int] = mapped_column(default=0)
    """How much of what is still owed was agreed to be paid later."""
    issued_at: Mapped[datetime]
    lines: Mapped[list[InvoiceLine]] = relationship(lazy="raise", order_by=InvoiceLine.ro_line_id)
    payments: Mapped[list[Payment]] = relationship(lazy="raise", order_by=Payment.id)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"paid_fen": 0, "on_account_fen": 0, **fields})

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's invoices with their lines and payments."""
        found = select(cls).where(cls.ro_id == ro_id).order_by(cls.invoice_no)
        return found.options(selectinload(cls.lines), selectinload(cls.payments))

    @classmethod
    def with_payments(cls, id: UUID) -> Select[Self]:
        """One invoice with its lines and payments."""
        return select(cls).where(cls.id == id).options(selectinload(cls.lines), selectinload(cls.payments))

    @property
    def open_fen(self) -> int:
        """What is still owed, at once or later."""
        return self.amount_fen - self.paid_fen

    @property
    def due_fen(self) -> int:
        """What is owed before the key is handed over."""
        return self.open_fen - self.on_account_fen

    def issue(self, invoice_no: str) -> InvoiceIssued:
        """Give the invoice its number and date."""
        self.invoice_no, self.issued_at = invoice_no, clock.now()
        return InvoiceIssued(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            invoice_no=invoice_no,
            payer=cast(Payer, self.payer),
            amount_fen=self.amount_fen,
            issued_at=self.issued_at,
        )

    def put_on_account(self, payment: Payment, *, account_terms: bool) -> None:
        """Agree that this much of what is due comes later.  It is no money, so that nothing is said of it.

        Refused: `account_not_agreed` (no terms, or not the customer's own invoice), `payment_above_open_amount`."""
        if self.payer != "customer" or not account_terms:
            raise Refused("account_not_agreed", "There are no terms for paying this invoice on account.")
        self._refuse_more_than(self.due_fen, payment)
        self.on_account_fen += payment.amount_fen
        self.version += 1

    def pay(self, payment: Payment) -> PaymentReceived:
        """Take money: first for what is due, then for what stands on account.  Refused: `payment_above_open_amount`."""
        self._refuse_more_than(self.open_fen, payment)
        self.paid_fen += payment.amount_fen
        self.on_account_fen = min(self.on_account_fen, self.open_fen)
        return PaymentReceived(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            payment_id=payment.id,
            method=payment.method,
            amount_fen=payment.amount_fen,
            paid_fen=self.paid_fen,
            open_fen=self.open_fen,
            on_account_fen=self.on_account_fen,
            received_at=payment.received_at,
        )

    def _refuse_more_than(self, open_fen: int, payment: Payment) -> None:
        if payment.amount_fen > open_fen:
            raise Refused(
                "payment_above_open_amount",
                "More than is owed cannot be taken.",
                open_fen=open_fen,
                amount_fen=payment.amount_fen,
            )


def bill(ro_id: UUID, store_id: str, lines: Sequence[PricedLine]) -> list[Invoice]:
    """One invoice per payer over all lines, in the order in which payers first appear; numbers come with `issue`."""
    invoices: dict[str, Invoice] = {}
    for line in lines:
        shares = {share["payer"]: share["share_bp"] for share in line.payers}
        for payer, amount_fen in split(line.amount_fen, shares).items():
            invoice = invoices.setdefault(
                payer, Invoice(ro_id=ro_id, store_id=store_id, payer=payer, amount_fen=0, lines=[], payments=[])
            )
            invoice.amount_fen += amount_fen
            invoice.lines.append(InvoiceLine(store_id=store_id, ro_line_id=line.id, amount_fen=amount_fen))
    return list(invoices.values())
