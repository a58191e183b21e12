"""Deposits, refunds and credit notes over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.reception.api.invoices import DepositView, InvoiceView
from services.reception.commands.invoices import CreditInvoice, GiveBack, TakeDeposit
from services.reception.domain import Deposit, Invoice, RepairOrder
from services.reception.handlers import payments as handlers
from services.reception.handlers.credits import credit_invoice as credit
from services.reception.queries import invoices as asked
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["payments"])


@router.post("/repair-orders/{ro_id}/deposits", status_code=201, response_model=DepositView)
async def take_deposit(ro_id: Id, body: TakeDeposit, door: Annotated[Door, allows("reception.take_payment")]) -> Response:
    """Money before the bill; the answer's ETag is the deposit's version, which a refund names."""
    async with door.changing(RepairOrder, ro_id) as session:
        deposit = await handlers.take_deposit(ro_id, body, session)
        view = DepositView.model_validate(deposit)
        answer = door.answer(201, view, version=deposit.version, location=f"/deposits/{deposit.id}")
    return answer


@router.get("/deposits/{deposit_id}", response_model=DepositView)
async def read_deposit(deposit_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        deposit = await session.get_one(Deposit, deposit_id)
    return door.answer(200, DepositView.model_validate(deposit), version=deposit.version)


@router.post("/deposits/{deposit_id}/refunds", status_code=201, response_model=DepositView)
async def give_back_deposit(
    deposit_id: Id, body: GiveBack, door: Annotated[Door, allows("reception.take_payment")]
) -> Response:
    """What is left goes back, once a second person approved."""
    async with door.changing(Deposit, deposit_id) as session:
        deposit = await handlers.give_back_deposit(deposit_id, body, session)
        answer = door.answer(201, DepositView.model_validate(deposit), version=deposit.version)
    return answer


@router.post("/invoices/{invoice_id}/payments/{payment_id}/refunds", status_code=201, response_model=InvoiceView)
async def give_back_payment(
    invoice_id: Id, payment_id: Id, body: GiveBack, door: Annotated[Door, allows("reception.take_payment")]
) -> Response:
    """Money goes back, once a second person approved."""
    async with door.changing(Invoice, invoice_id) as session:
        invoice = await handlers.give_back_payment(invoice_id, payment_id, body, session)
        view = InvoiceView.model_validate(await asked.invoice(invoice_id, session))
        answer = door.answer(201, view, version=invoice.version)
    return answer


@router.post("/invoices/{invoice_id}/credit-notes", status_code=201, response_model=InvoiceView)
async def credit_invoice(
    invoice_id: Id, body: CreditInvoice, door: Annotated[Door, allows("reception.credit_invoice")]
) -> Response:
    """Correct an issued invoice, once a second person approved; the same may be billed to another payer."""
    async with door.changing(Invoice, invoice_id, *asked.WHOLE) as session:
        invoice = await credit(invoice_id, body, session)
        view = InvoiceView.model_validate(await asked.invoice(invoice_id, session))
        answer = door.answer(201, view, version=invoice.version, location=f"/invoices/{invoice_id}")
    return answer
