"""Deposits, and money that goes back."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.invoices import GiveBack, TakeDeposit
from services.reception.domain import MEMBERSHIP, Deposit, Invoice, Payment, Refund, RepairOrder
from services.reception.handlers.approvals import use_approval
from services.reception.handlers.redemptions import follow_points, give_back
from shared.database import new_id
from shared.outbox import announce
from shared.refusal import Invalid, Refused

REFUND = "refund"


async def take_deposit(ro_id: UUID, command: TakeDeposit, session: AsyncSession) -> Deposit:
    """Take money for an order before its bill.  Refused('already_settled') once there is one."""
    order = await session.get_one(RepairOrder, ro_id)
    order.refuse_called_off()
    if order.state not in ("draft", "estimated", "authorised", "work_complete"):
        raise Refused("already_settled", "Deposits are taken before the bill.", state=order.state)
    deposit = Deposit(id=new_id(), store_id=order.store_id, ro_id=order.id, **command.model_dump())
    session.add(deposit)
    return deposit


async def give_back_deposit(deposit_id: UUID, command: GiveBack, session: AsyncSession) -> Deposit:
    """What is left of a deposit goes back."""
    deposit = await session.get_one(Deposit, deposit_id)
    _refuse_another_way(deposit.method, command.method)
    deposit.give_back(command.amount_fen)
    values = {"deposit_id": str(deposit.id), "amount_fen": command.amount_fen, "method": command.method}
    approval = await use_approval(command.approval_id, REFUND, deposit.ro_id, values, session)
    session.add(
        Refund(store_id=deposit.store_id, deposit_id=deposit.id, approval_id=approval.id,
               **command.model_dump(exclude={"approval_id"}))
    )  # fmt: skip
    return deposit


async def give_back_payment(invoice_id: UUID, payment_id: UUID, command: GiveBack, session: AsyncSession) -> Invoice:
    """Money that was paid for an invoice goes back; what a member used goes back to the member.  Invalid('refund_method')."""
    invoice = await session.get_one(Invoice, invoice_id)
    payment = await session.get(Payment, payment_id, with_for_update=True)
    if payment is None or payment.invoice_id != invoice.id:
        raise Invalid("path.payment_id", "payment_unknown", "The invoice has no such payment.")
    _refuse_another_way(payment.method, command.method)
    before = payment.refunded_fen
    refund = Refund(
        store_id=invoice.store_id, payment_id=payment.id, **command.model_dump(exclude={"approval_id"}),
        approval_id=command.approval_id,
    )  # fmt: skip
    said = invoice.give_back(payment, refund)
    values = {"payment_id": str(payment.id), "amount_fen": command.amount_fen, "method": command.method}
    await use_approval(command.approval_id, REFUND, invoice.id, values, session)
    session.add(refund)
    announce(session, said)
    if payment.method in MEMBERSHIP:
        await give_back(invoice, payment, before, refund, session)
    await follow_points(invoice, session)
    return invoice


def _refuse_another_way(came: str, goes: str) -> None:
    """What a member used is no money, and money is nothing that a member holds."""
    if (came in MEMBERSHIP or goes in MEMBERSHIP) and came != goes:
        raise Invalid("body.method", "refund_method", "This goes back in another way.", method=came)
