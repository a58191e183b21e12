"""Settlement and payments over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.commands.invoices import TakePayment
from services.reception.domain import Invoice, RepairOrder
from services.reception.handlers import invoices as handlers
from services.reception.queries import invoices as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["invoices"])


class InvoiceLineView(View):
    """What the payer owes for one line."""

    ro_line_id: UUID
    amount_fen: int


class PaymentView(View):
    """One payment."""

    id: UUID
    method: str
    amount_fen: int
    reference: str | None
    received_at: datetime


class InvoiceView(View):
    """What one payer owes; `version` is the ETag that a payment names.  Of `open_fen`, `on_account_fen` may come later and
    `due_fen` is wanted before the key is handed over."""

    id: UUID
    version: int
    ro_id: UUID
    invoice_no: str
    payer: str
    amount_fen: int
    paid_fen: int
    open_fen: int
    on_account_fen: int
    due_fen: int
    issued_at: datetime
    lines: list[InvoiceLineView]
    payments: list[PaymentView]


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


@router.post("/invoices/{invoice_id}/payments", status_code=201, response_model=InvoiceView)
async def take_payment(invoice_id: Id, body: TakePayment, door: Annotated[Door, allows("reception.take_payment")]) -> Response:
    async with door.changing(Invoice, invoice_id) as session:
        await handlers.take_payment(invoice_id, body, session)
        invoice = await asked.invoice(invoice_id, session)
        answer = door.answer(
            201, InvoiceView.model_validate(invoice), version=invoice.version, location=f"/invoices/{invoice_id}"
        )
    return answer
