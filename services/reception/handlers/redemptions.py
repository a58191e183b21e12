"""What a member holds pays bills, goes back, and bills bring points."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.reception.commands.invoices import TakePayment
from services.reception.domain import (
    MEMBERSHIP,
    CreditNote,
    CreditNoteLine,
    Customer,
    Holding,
    Invoice,
    InvoiceLine,
    Member,
    MembershipTerms,
    Payment,
    Refund,
    RepairOrderLine,
    Transfer,
)  # fmt: skip
from services.reception.domain.payments import WITHOUT_POINTS
from services.reception.handlers.ledger import book
from services.reception.handlers.members import member_holding, member_of, open_purse
from services.reception.handlers.policies import terms_in_force
from shared.cause import cause
from shared.refusal import Invalid, Refused


async def amount_of(invoice: Invoice, command: TakePayment, session: AsyncSession) -> int:
    """What this payment brings; a voucher or a session says so itself.

    Refused: `payer_is_no_member`, `line_paid_by_package`, `nothing_to_pay`, what `Holding.discount_on` refuses.
    Invalid: `holding_unknown`, `amount_differs`, `line_not_invoiced`, `session_for_other_work`."""
    if command.method in MEMBERSHIP and invoice.payer != "customer":
        raise Refused("payer_is_no_member", "Members pay for themselves only.", payer=invoice.payer)
    if command.holding_id is None:
        return command.amount_fen or 0
    holding = await session.get(Holding, command.holding_id)
    if holding is None or holding.kind != command.method:
        raise _no_such_holding()
    if holding.kind == "voucher":
        amount_fen = holding.discount_on(invoice.open_fen, invoice.owed_fen)
    else:
        amount_fen = await _of_the_line(invoice, command.ro_line_id, holding, session)
    if command.amount_fen not in (None, amount_fen):
        raise Invalid("body.amount_fen", "amount_differs", "This pays another amount; leave it out.", amount_fen=amount_fen)
    return amount_fen


async def _of_the_line(invoice: Invoice, line_id: UUID | None, session_of: Holding, session: AsyncSession) -> int:
    line = await session.get(InvoiceLine, (invoice.id, line_id))
    work = await session.get(RepairOrderLine, line_id)
    if line is None or work is None:
        raise Invalid("body.ro_line_id", "line_not_invoiced", "This invoice has no such line.")
    if work.kind != "labour" or work.op_code != session_of.op_code:
        raise Invalid("body.ro_line_id", "session_for_other_work", "The card is for other work.", op_code=session_of.op_code)
    paid = select(Payment.id).where(
        Payment.invoice_id == invoice.id, Payment.ro_line_id == line_id, Payment.refunded_fen < Payment.amount_fen
    )
    if await session.scalar(paid) is not None:
        raise Refused("line_paid_by_package", "A session paid this line already.", ro_line_id=line_id)
    credited = select(func.coalesce(func.sum(CreditNoteLine.amount_fen), 0)).where(
        CreditNoteLine.ro_line_id == line_id,
        CreditNoteLine.credit_note_id.in_(select(CreditNote.id).where(CreditNote.invoice_id == invoice.id)),
    )
    left_fen = line.amount_fen - int((await session.execute(credited)).scalar_one())
    if left_fen == 0:
        raise Refused("nothing_to_pay", "There is nothing that this could pay.", open_fen=0)
    return left_fen


async def redeem(invoice: Invoice, payment: Payment, holding_id: UUID | None, session: AsyncSession) -> None:
    """Take it from what the member holds.  Refused: `not_a_member`, what `Purse` refuses.  Invalid('holding_unknown') for what
    is somebody else's."""
    member = await _who_pays(invoice, holding_id, session)
    purse = await open_purse(member, session, also=[holding_id] if holding_id else ())
    transfer = Transfer(
        store_id=invoice.store_id, member_id=member.id, kind="redemption", method=payment.method, invoice_id=invoice.id,
        source_id=payment.id,
    )  # fmt: skip
    mine = next((lot for lot in purse.holdings if lot.id == holding_id), None)
    if payment.method == "stored_value":
        purse.pay_by_stored_value(payment.amount_fen, transfer)
    elif payment.method == "points":
        terms = await terms_in_force(MembershipTerms, invoice.store_id, session)
        purse.pay_by_points(payment.amount_fen, terms, transfer)
    elif mine is None:
        raise _no_such_holding()
    elif payment.method == "package":
        purse.pay_by_session(mine, payment.amount_fen, transfer)
    else:
        purse.pay_by_voucher(mine, payment.amount_fen, transfer)
    payment.transfer_id = transfer.id
    await book(purse, transfer, session, correlation=invoice.ro_id)


async def _who_pays(invoice: Invoice, holding_id: UUID | None, session: AsyncSession) -> Member:
    """The customer's own membership; of a transferable voucher whoever has it.  Two memberships are locked in the order of
    their keys, since the customer's will earn points."""
    holding = await session.get(Holding, holding_id) if holding_id else None
    if holding is not None and holding.transferable:
        await _lock_both(invoice, holding.member_id, session)
        return await member_holding(holding.id, session)
    member = await member_of(invoice.customer_id, session) if invoice.customer_id else None
    if member is None:
        raise Refused("not_a_member", "The customer is no member.", customer_id=invoice.customer_id)
    return member


async def _lock_both(invoice: Invoice, member_id: UUID, session: AsyncSession) -> None:
    both = select(Member.id).where(
        (Member.id == member_id)
        | Member.ended_at.is_(None)
        & Member.customer_id.in_(Customer.survivor_of(invoice.customer_id) if invoice.customer_id else ())
    )
    await session.execute(both.order_by(Member.id).with_for_update())


async def give_back(invoice: Invoice, payment: Payment, before_fen: int, refund: Refund, session: AsyncSession) -> None:
    """What a member used for a bill goes back to where it came from; `before_fen` of the payment went back earlier.  Of a
    membership that ended only what was paid in counts, and can be refunded."""
    used = await session.get_one(Transfer, payment.transfer_id, options=[selectinload(Transfer.legs)])
    from_lots = [leg.holding_id for leg in used.legs if leg.holding_id is not None]
    await _lock_both(invoice, used.member_id, session)
    member = await member_holding(from_lots[0], session)
    purse = await open_purse(member, session, also=from_lots)
    transfer = Transfer(
        store_id=invoice.store_id, member_id=member.id, kind="give_back", method=payment.method, invoice_id=invoice.id,
        source_id=refund.id, approval_id=refund.approval_id, reason=refund.reason,
    )  # fmt: skip
    purse.give_back(used, payment.amount_fen, before_fen, refund.amount_fen, transfer)
    await book(purse, transfer, session, correlation=invoice.ro_id)
    if member.ended_at is not None:
        given_up = Transfer(store_id=invoice.store_id, member_id=member.id, kind="ending")
        purse.lapse(purse.given(), given_up)
        await book(purse, given_up, session, correlation=invoice.ro_id)


async def follow_points(invoice: Invoice, session: AsyncSession) -> None:
    """Points for a bill come once all of it is paid, at the rate of when it was issued, and go back with what is credited or
    refunded."""
    if invoice.payer != "customer" or invoice.customer_id is None:
        return
    payments = await session.scalars(select(Payment).where(Payment.invoice_id == invoice.id))
    paid = sum(payment.left_fen for payment in payments if payment.method not in WITHOUT_POINTS)
    terms = await terms_in_force(MembershipTerms, invoice.store_id, session, at=invoice.issued_at)
    wanted = min(paid, invoice.owed_fen) * terms.points_per_yuan // 100
    earned_before = await session.scalar(select(Holding.id).where(Holding.source_id == invoice.id).limit(1))
    if earned_before is None and (invoice.open_fen or not wanted):
        return
    member = await (member_holding(earned_before, session) if earned_before else member_of(invoice.customer_id, session))
    if member is None or member.ended_at is not None:
        return
    purse = await open_purse(member, session, bill=invoice.id)
    earned, lost = (
        Transfer(store_id=invoice.store_id, member_id=member.id, kind=kind, invoice_id=invoice.id, source_id=cause().id)
        for kind in ("points_earned", "points_taken_back")
    )
    purse.follow_points(invoice.id, wanted, may_earn=not invoice.open_fen, terms=terms, earned=earned, lost=lost)
    await book(purse, lost if lost.legs else earned, session, correlation=invoice.ro_id)


def _no_such_holding() -> Invalid:
    return Invalid("body.holding_id", "holding_unknown", "The customer has no such voucher or package card.")
