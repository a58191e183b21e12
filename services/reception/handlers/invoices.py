"""Settlement and payment."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.invoices import TakePayment
from services.reception.domain import ON_ACCOUNT, Customer, Invoice, Payment, RepairOrder, invoice_number
from services.reception.handlers.numbers import next_number
from services.reception.handlers.progress import lines_and_progress
from services.reception.handlers.timeline import tell_customer
from shared import clock
from shared.database import new_id
from shared.outbox import announce
from shared.settings import stores


async def settle(ro_id: UUID, session: AsyncSession) -> RepairOrder:
    """Issue one invoice per payer once all work is done."""
    order = await session.get_one(RepairOrder, ro_id)
    invoices = order.settle(*await lines_and_progress(ro_id, session))
    day = clock.day_in(stores()[order.store_id].time_zone)
    for invoice in invoices:
        number = await next_number(order.store_id, "invoice", day, session)
        announce(session, invoice.issue(invoice_number(order.store_id, day, number)))
        session.add(invoice)
    tell_customer(order, "settled", session)
    return order


async def take_payment(invoice_id: UUID, command: TakePayment, session: AsyncSession) -> Invoice:
    """Take money for an invoice, or put it on account."""
    invoice = await session.get_one(Invoice, invoice_id)
    payment = Payment(
        id=new_id(), store_id=invoice.store_id, invoice_id=invoice.id, received_at=clock.now(), **command.model_dump()
    )
    if payment.method == ON_ACCOUNT:
        order = await session.get_one(RepairOrder, invoice.ro_id)
        customer = await session.get_one(Customer, order.customer_id)
        invoice.put_on_account(payment, account_terms=customer.account_terms)
    else:
        announce(session, invoice.pay(payment))
    session.add(payment)
    return invoice
