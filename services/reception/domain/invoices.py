"""Invoices: one per payer of a repair order, to the fen, and what becomes of them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Self, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, UniqueConstraint, select, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, selectinload

from services.reception.domain.credits import CreditNote
from services.reception.domain.lines import PricedLine
from services.reception.domain.payments import Payment, Refund
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore
from shared.events import Payer
from shared.events.reception import InvoiceCredited, InvoiceIssued, PaymentReceived, PaymentRefunded
from shared.money import in_words
from shared.refusal import Invalid, Refused


class InvoiceLine(Effect, OfStore, Base):
    """What one payer owes for one line."""

    __tablename__ = "invoice_lines"

    invoice_id: Mapped[UUID] = mapped_column(ForeignKey("invoices.id"), primary_key=True)
    ro_line_id: Mapped[UUID] = mapped_column(ForeignKey("repair_order_lines.id"), primary_key=True)
    amount_fen: Mapped[int]


class Invoice(Aggregate, Base):
    """What one payer owes for a repair order; locked from the moment it is issued, corrected by credit notes only."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("ro_id", "payer", "credit_note_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("0 <= paid_fen AND paid_fen <= amount_fen", name="paid"),
        CheckConstraint("0 <= credited_fen AND credited_fen <= amount_fen", name="credited"),
        CheckConstraint(
            "0 <= on_account_fen AND on_account_fen <= greatest(0, amount_fen - credited_fen - paid_fen)", name="on_account"
        ),
        Index("ix_invoices_store", "store_id", "id"),
        Index("ix_invoices_open", "store_id", "due_on", postgresql_where=text("amount_fen - credited_fen > paid_fen")),
        Index("ix_invoices_customer_id", "customer_id", "id"),
    )

    ro_id: Mapped[UUID] = mapped_column(ForeignKey("repair_orders.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    """Whose car it was; None on invoices from before this was kept."""
    invoice_no: Mapped[str] = mapped_column(unique=True)
    payer: Mapped[str]
    amount_fen: Mapped[int]
    paid_fen: Mapped[int] = mapped_column(default=0)
    """All money so far that did not go back."""
    credited_fen: Mapped[int] = mapped_column(default=0, server_default="0")
    """What credit notes took back."""
    on_account_fen: Mapped[int] = mapped_column(default=0)
    """How much of what is still owed was agreed to be paid later."""
    due_on: Mapped[date | None]
    """The store's day by which the part on account is to be paid; None while there never was one."""
    credit_note_id: Mapped[UUID | None] = mapped_column(ForeignKey("credit_notes.id", use_alter=True))
    """The credit note whose amount is billed anew here, to another payer."""
    issued_at: Mapped[datetime]
    lines: Mapped[list[InvoiceLine]] = relationship(lazy="raise", order_by=InvoiceLine.ro_line_id)
    payments: Mapped[list[Payment]] = relationship(lazy="raise", order_by=Payment.id)
    credit_notes: Mapped[list[CreditNote]] = relationship(
        lazy="raise", order_by=CreditNote.id, foreign_keys=CreditNote.invoice_id
    )

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"paid_fen": 0, "on_account_fen": 0, "credited_fen": 0, **fields})

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's invoices with all that belongs to them."""
        return cls._whole(select(cls).where(cls.ro_id == ro_id).order_by(cls.invoice_no))

    @classmethod
    def with_payments(cls, id: UUID) -> Select[Self]:
        """One invoice with all that belongs to it."""
        return cls._whole(select(cls).where(cls.id == id))

    @classmethod
    def _whole(cls, found: Select[Self]) -> Select[Self]:
        notes = selectinload(cls.credit_notes).selectinload(CreditNote.lines)
        return found.options(selectinload(cls.lines), selectinload(cls.payments), notes)

    @property
    def owed_fen(self) -> int:
        """What the payer has to pay in all."""
        return self.amount_fen - self.credited_fen

    @property
    def open_fen(self) -> int:
        """What is still owed, at once or later."""
        return max(0, self.owed_fen - self.paid_fen)

    @property
    def overpaid_fen(self) -> int:
        """What was paid for what was credited since: it waits to be refunded."""
        return max(0, self.paid_fen - self.owed_fen)

    @property
    def due_fen(self) -> int:
        """What is owed before the key is handed over."""
        return self.open_fen - self.on_account_fen

    @property
    def amount_in_words(self) -> str:
        """人民币大写"""
        return in_words(self.amount_fen)

    def issue(self, invoice_no: str, replaces_id: UUID | None = None) -> InvoiceIssued:
        """Give the invoice its number and date; `replaces_id` is the credited invoice whose amount it bills anew."""
        self.invoice_no, self.issued_at = invoice_no, clock.now()
        return InvoiceIssued(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            invoice_no=invoice_no,
            payer=cast(Payer, self.payer),
            amount_fen=self.amount_fen,
            issued_at=self.issued_at,
            replaces_id=replaces_id,
        )

    def put_on_account(self, payment: Payment, *, account_terms: bool, due_on: date) -> None:
        """Agree that this much of what is due comes later; the day that was agreed first holds.  It is no money, so that
        nothing is said of it.

        Refused: `account_not_agreed` (no terms, or not the customer's own invoice), `payment_above_open_amount`."""
        if self.payer != "customer" or not account_terms:
            raise Refused("account_not_agreed", "There are no terms for paying this invoice on account.")
        self._refuse_more_than(self.due_fen, payment)
        self.on_account_fen += payment.amount_fen
        self.due_on = self.due_on or due_on
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

    def give_back(self, payment: Payment, refund: Refund) -> PaymentRefunded:
        """Money goes back; what was overpaid first, else the invoice is open again.  Refused as `Payment.give_back`."""
        payment.give_back(refund.amount_fen)
        self.paid_fen -= refund.amount_fen
        return PaymentRefunded(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            refund_id=refund.id,
            method=refund.method,
            amount_fen=refund.amount_fen,
            paid_fen=self.paid_fen,
            open_fen=self.open_fen,
            refunded_at=refund.refunded_at,
        )

    def creditable(self) -> dict[UUID, int]:
        """What of each line was not credited yet."""
        left = Counter({line.ro_line_id: line.amount_fen for line in self.lines})
        for note in self.credit_notes:
            left.subtract({line.ro_line_id: line.amount_fen for line in note.lines})
        return {line: amount for line, amount in left.items() if amount}

    def refuse_to_credit_more_than_is_left(self, amounts: Mapping[UUID, int]) -> None:
        """Invalid: `line_not_invoiced`, `credit_above_invoice`; Refused: `nothing_to_credit`."""
        left = self.creditable()
        if not amounts:
            raise Refused("nothing_to_credit", "All of this invoice was credited.")
        invoiced = {line.ro_line_id for line in self.lines}
        for position, (line, amount) in enumerate(amounts.items()):
            if line not in invoiced:
                raise Invalid(f"body.lines.{position}.ro_line_id", "line_not_invoiced", "This invoice has no such line.")
            if amount > left.get(line, 0):
                raise Invalid(
                    f"body.lines.{position}.amount_fen",
                    "credit_above_invoice",
                    "More than was invoiced, and not credited yet, cannot be credited.",
                    left_fen=left.get(line, 0),
                )

    def credit(self, note: CreditNote) -> InvoiceCredited:
        """Take this much back.  What stands on account shrinks to what is still owed."""
        self.credited_fen += note.amount_fen
        self.on_account_fen = min(self.on_account_fen, self.open_fen)
        return InvoiceCredited(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            credit_note_id=note.id,
            credit_note_no=note.credit_note_no,
            payer=cast(Payer, self.payer),
            amount_fen=note.amount_fen,
            credited_fen=self.credited_fen,
            open_fen=self.open_fen,
            reason_code=note.reason_code,
            credited_at=note.credited_at,
        )

    def rebilled(self, note: CreditNote, payer: str) -> "Invoice":
        """The same amounts, billed to another payer."""
        return Invoice(
            ro_id=self.ro_id,
            store_id=self.store_id,
            customer_id=self.customer_id,
            payer=payer,
            amount_fen=note.amount_fen,
            credit_note_id=note.id,
            lines=[
                InvoiceLine(store_id=self.store_id, ro_line_id=line.ro_line_id, amount_fen=line.amount_fen)
                for line in note.lines
            ],
            payments=[],
            credit_notes=[],
        )

    def _refuse_more_than(self, open_fen: int, payment: Payment) -> None:
        if payment.amount_fen > open_fen:
            raise Refused(
                "payment_above_open_amount",
                "More than is owed cannot be taken.",
                open_fen=open_fen,
                amount_fen=payment.amount_fen,
            )


def bill(ro_id: UUID, store_id: str, lines: Sequence[PricedLine], customer_id: UUID | None = None) -> list[Invoice]:
    """One invoice per payer over all lines, in the order in which payers first appear; numbers come with `issue`."""
    invoices: dict[str, Invoice] = {}
    for line in lines:
        for payer, amount_fen in line.by_payer.items():
            invoice = invoices.setdefault(
                payer,
                Invoice(
                    ro_id=ro_id, store_id=store_id, customer_id=customer_id, payer=payer, amount_fen=0, lines=[], payments=[],
                    credit_notes=[],
                ),
            )  # fmt: skip
            invoice.amount_fen += amount_fen
            invoice.lines.append(InvoiceLine(store_id=store_id, ro_line_id=line.id, amount_fen=amount_fen))
    return list(invoices.values())
