"""Settlement and payment."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.invoices import SwitchPayers, TakePayment
from services.reception.commands.signatures import Sign
from services.reception.domain import (
    DEPOSIT,
    MEMBERSHIP,
    ON_ACCOUNT,
    AccountTerms,
    Customer,
    Deposit,
    EstimateLine,
    Invoice,
    Payment,
    RepairOrder,
    RepairOrderLine,
    invoice_number,
)  # fmt: skip
from services.reception.domain.prices import decisive_payer
from services.reception.domain.settlements import settlement_sheet
from services.reception.handlers.accounts import account_of, follow_invoice
from services.reception.handlers.numbers import next_number
from services.reception.handlers.prices import agree_on_another_price, agree_on_prices, price_list_for
from services.reception.handlers.progress import lines_and_progress
from services.reception.handlers.redemptions import amount_of, follow_points, redeem
from services.reception.handlers.signatures import sign
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared import clock
from shared.database import new_id
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid
from shared.settings import stores


async def switch_payers(
    ro_id: UUID, line_id: UUID, command: SwitchPayers, roles: Collection[str], session: AsyncSession
) -> RepairOrder:
    """Let others pay a line; who hears of the work learns of it.  `roles`: of whoever sets the price."""
    order = await session.get_one(RepairOrder, ro_id)
    lines = (await session.scalars(RepairOrderLine.of_order(ro_id))).all()
    line = next((line for line in lines if line.id == line_id), None)
    if line is None:
        raise Invalid("path.line_id", "line_unknown", "The repair order has no such line.")
    payers = [payer.model_dump() for payer in command.payers]
    agreed = await session.get_one(EstimateLine, line.id)
    price = await _price_for(order, line, agreed, payers, command.unit_price_fen, session)
    change = order.switch_payers(line, payers, command.deductible_fen, price, command.reason_code)
    if command.unit_price_fen is not None:
        if decisive_payer(payers) == decisive_payer(agreed.payers):
            await agree_on_another_price(order, line, agreed, roles, command, session)
        else:
            await agree_on_prices(order, [line], roles, command, session)
    session.add(change)
    announce(session, order.authorised_work(lines))
    await keep_visit(order, session)
    return order


async def _price_for(
    order: RepairOrder,
    line: RepairOrderLine,
    agreed: EstimateLine,
    payers: list[dict[str, Any]],
    given_fen: int | None,
    session: AsyncSession,
) -> dict[str, Any]:
    """What the line costs these payers: what is asked, else the list's price where somebody with another list pays most of it,
    or what was agreed where the line comes back to who agreed; empty: as before."""
    if given_fen is None and decisive_payer(payers) == decisive_payer(line.payers):
        return {}
    if given_fen is None and decisive_payer(payers) == decisive_payer(agreed.payers):
        return agreed.price_terms
    prices = await price_list_for(order, [line.code], session)
    found = prices.find(line.kind, line.code, payers)
    unlisted = found is None or found.unit_price_fen is None
    if given_fen is None and unlisted:
        return {}
    return prices.price("body", found, given_fen, None)


async def settle(ro_id: UUID, session: AsyncSession) -> RepairOrder:
    """Issue one invoice per payer once all work is done."""
    order = await session.get_one(RepairOrder, ro_id)
    invoices = order.settle(*await lines_and_progress(ro_id, session))
    for invoice in invoices:
        announce(session, invoice.issue(await next_invoice_no(order.store_id, session)))
        session.add(invoice)
    tell_customer(order, "settled", session)
    await keep_visit(order, session)
    return order


async def next_invoice_no(store_id: str, session: AsyncSession) -> str:
    """The number of the store's next invoice of its day."""
    day = clock.day_in(stores()[store_id].time_zone)
    return invoice_number(store_id, day, await next_number(store_id, "invoice", day, session))


async def sign_settlement(ro_id: UUID, command: Sign, session: AsyncSession) -> RepairOrder:
    """The customer signs the bill exactly as it stands."""
    order = await session.get_one(RepairOrder, ro_id)
    order.sign_settlement()
    lines = (await session.scalars(RepairOrderLine.of_order(ro_id))).all()
    invoices = (await session.scalars(Invoice.of_order(ro_id))).all()
    await sign(order, "settlement", settlement_sheet(order, lines, invoices), command, session)
    return order


async def take_payment(invoice_id: UUID, command: TakePayment, session: AsyncSession) -> Invoice:
    """Take money for an invoice, use a deposit or what a member holds for it, or put it on account."""
    invoice = await session.get_one(Invoice, invoice_id)
    payment = Payment(
        id=new_id(),
        store_id=invoice.store_id,
        invoice_id=invoice.id,
        received_at=clock.now(),
        **command.model_dump(exclude={"holding_id", "amount_fen"}),
        amount_fen=await amount_of(invoice, command, session),
    )
    before = invoice.on_account_fen
    if payment.method == ON_ACCOUNT:
        await _put_on_account(invoice, payment, session)
    else:
        if payment.method == DEPOSIT:
            await _use_deposit(invoice, payment, session)
        announce(session, invoice.pay(payment))
        await follow_invoice(invoice, before, session)
        if payment.method in MEMBERSHIP:
            await redeem(invoice, payment, command.holding_id, session)
    session.add(payment)
    await follow_points(invoice, session, paying=True)
    return invoice


async def _put_on_account(invoice: Invoice, payment: Payment, session: AsyncSession) -> None:
    order = await session.get_one(RepairOrder, invoice.ro_id)
    holder = (await session.scalars(Customer.survivor_of(order.customer_id))).one()
    customer = await session.get_one(Customer, holder)
    terms = await terms_in_force(AccountTerms, invoice.store_id, session)
    issued_on = clock.day_in(stores()[invoice.store_id].time_zone, invoice.issued_at)
    due_on = terms.due_on(issued_on, customer.payment_days)
    invoice.put_on_account(payment, account_terms=customer.account_terms, due_on=due_on)
    invoice.customer_id = order.customer_id
    (await account_of(order.customer_id, session)).book(payment.amount_fen, customer.credit_limit_fen)


async def _use_deposit(invoice: Invoice, payment: Payment, session: AsyncSession) -> None:
    deposit = await session.get(Deposit, payment.deposit_id, with_for_update=True)
    if deposit is None or deposit.ro_id != invoice.ro_id or invoice.payer != "customer":
        raise Invalid("body.deposit_id", "deposit_unknown", "No such deposit was taken for this customer's invoice.")
    deposit.use(payment.amount_fen)
