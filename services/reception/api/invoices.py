"""Settlement and payments over HTTP."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.commands.invoices import TakePayment
from services.reception.domain import Invoice, RepairOrder
from services.reception.handlers import invoices as handlers
from services.reception.queries import invoices as asked
from shared.events import Payer
from shared.fields import Id, Moment, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["invoices"])


class InvoiceLineView(View):
    """What the payer owes for one line."""

    ro_line_id: UUID
    amount_fen: int


class PaymentView(View):
    """One payment, and how much of it went back; `transfer_id` is how a member's holdings were used for it."""

    id: UUID
    method: str
    amount_fen: int
    refunded_fen: int
    reference: str | None
    transfer_id: UUID | None
    ro_line_id: UUID | None
    received_at: datetime


class CreditNoteView(View):
    """What was taken back of an invoice, and who is billed instead."""

    id: UUID
    credit_note_no: str
    amount_fen: int
    rebilled_to: str | None
    reason_code: str
    credited_at: datetime
    lines: list[InvoiceLineView]


class DepositView(View):
    """Money taken before the bill; `left_fen` can be used or goes back."""

    id: UUID
    version: int
    ro_id: UUID
    method: str
    amount_fen: int
    used_fen: int
    refunded_fen: int
    left_fen: int
    reference: str | None
    received_at: datetime


class InvoiceView(View):
    """What one payer owes; `version` is the ETag that a payment names.  Of `open_fen`, `on_account_fen` may come later (by
    `due_on`) and `due_fen` is wanted before the key is handed over; `overpaid_fen` waits to be refunded."""

    id: UUID
    version: int
    store_id: str
    ro_id: UUID
    customer_id: UUID | None
    invoice_no: str
    payer: str
    amount_fen: int
    amount_in_words: str
    credited_fen: int
    paid_fen: int
    open_fen: int
    overpaid_fen: int
    on_account_fen: int
    due_fen: int
    due_on: date | None
    issued_at: datetime
    lines: list[InvoiceLineView]
    payments: list[PaymentView]
    credit_notes: list[CreditNoteView]


class InvoicesView(View):
    """All invoices of a repair order."""

    items: list[InvoiceView]

    @classmethod
    def of(cls, invoices: Sequence[Invoice]) -> Self:
        return cls.model_validate({"items": invoices})


@router.post("/repair-orders/{ro_id}/settlement", status_code=201, response_model=InvoicesView)
async def settle(ro_id: Id, door: Annotated[Door, allows("reception.settle")]) -> Response:
    """The answer's ETag is the repair order's version, which delivery needs."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.settle(ro_id, session)
        view = InvoicesView.of(await asked.invoices_of(ro_id, session))
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}/invoices")
    return answer


@router.get("/repair-orders/{ro_id}/invoices", response_model=InvoicesView)
async def read_invoices(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        view = InvoicesView.of(await asked.invoices_of(ro_id, session))
    return door.answer(200, view, version=order.version)


@router.get("/invoices/{invoice_id}", response_model=InvoiceView)
async def read_invoice(invoice_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        invoice = await asked.invoice(invoice_id, session)
    return door.answer(200, InvoiceView.model_validate(invoice), version=invoice.version)


@router.get("/invoices", response_model=Listing[InvoiceView])
async def find_invoices(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    payer: Payer | None = None,
    customer_id: Id | None = None,
    only_open: bool = False,
    on_account: bool = False,
    overdue: bool = False,
    issued_from: Annotated[Moment | None, Query()] = None,
    issued_before: Annotated[Moment | None, Query()] = None,
) -> Listing[InvoiceView]:
    """Newest first.  Overdue: the day agreed for what is on account is over."""
    found = asked.invoices(
        store_id=store_id,
        payer=payer,
        customer_id=customer_id,
        only_open=only_open,
        on_account=on_account,
        overdue=overdue,
        issued_from=issued_from,
        issued_before=issued_before,
    )
    async with door.reading() as session:
        rows, following = await page_of(session, found, [Invoice.id], page)
    return Listing(items=[InvoiceView.model_validate(row) for row in rows], next=following)


@router.post("/invoices/{invoice_id}/payments", status_code=201, response_model=InvoiceView)
async def take_payment(invoice_id: Id, body: TakePayment, door: Annotated[Door, allows("reception.take_payment")]) -> Response:
    async with door.changing(Invoice, invoice_id) as session:
        await handlers.take_payment(invoice_id, body, session)
        invoice = await asked.invoice(invoice_id, session)
        answer = door.answer(
            201, InvoiceView.model_validate(invoice), version=invoice.version, location=f"/invoices/{invoice_id}"
        )
    return answer
