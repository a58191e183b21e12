"""Invoices and money.  The subject of every fact is the invoice."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Payer


class InvoiceIssued(Event):
    """One payer's invoice of a repair order.  Subject: the invoice."""

    type: ClassVar[str] = "reception.invoice_issued.v1"
    ro_id: UUID
    invoice_no: str
    payer: Payer
    amount_fen: int
    issued_at: AwareDatetime
    replaces_id: UUID | None = None
    """The credited invoice whose amount is billed anew here, perhaps to another payer."""


class InvoiceCredited(Event):
    """A credit note (红字) took back all or part of an invoice; `credited_fen` is all that was taken back so far."""

    type: ClassVar[str] = "reception.invoice_credited.v1"
    ro_id: UUID
    credit_note_id: UUID
    credit_note_no: str
    payer: Payer
    amount_fen: int
    credited_fen: int
    open_fen: int
    reason_code: str
    credited_at: AwareDatetime


class PaymentReceived(Event):
    """Money came in; `paid_fen` is all money for this invoice so far, `on_account_fen` the part of `open_fen` that was agreed
    to come later.  Subject: the invoice."""

    type: ClassVar[str] = "reception.payment_received.v1"
    ro_id: UUID
    payment_id: UUID
    method: str
    amount_fen: int
    paid_fen: int
    open_fen: int
    on_account_fen: int = 0
    received_at: AwareDatetime


class PaymentRefunded(Event):
    """Money went back; `paid_fen` is what remains paid."""

    type: ClassVar[str] = "reception.payment_refunded.v1"
    ro_id: UUID
    refund_id: UUID
    method: str
    amount_fen: int
    paid_fen: int
    open_fen: int
    refunded_at: AwareDatetime
