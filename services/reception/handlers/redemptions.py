"""What a member holds pays bills, goes back, and bills bring points."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.reception.commands.invoices import TakePayment
from services.reception.domain import (
    MEMBERSHIP,
    ON_ACCOUNT,
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
from services.reception.handlers.ledger import book, movement, movement_for
from services.reception.handlers.members import member_holding, member_of, open_purse
from shared.cause import cause
from shared.policies import terms_in_force
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
    if holding is None or holding.kind != command.method or not await _may_pay(invoice, holding, session):
        raise _no_such_holding()
    if holding.kind == "voucher":
        amount_fen = holding.discount_on(invoice.open_fen, invoice.owed_fen)
    else:
        amount_fen = await _of_the_line(invoice, command.ro_line_id, holding, session)
    if command.amount_fen not in (None, amount_fen):
        raise Invalid("body.amount_fen", "amount_differs", "This pays another amount; leave it out.", amount_fen=amount_fen)
    return amount_fen


async def _may_pay(invoice: Invoice, holding: Holding, session: AsyncSession) -> bool:
    """Whether it is the customer's own, or may be given away."""
    if holding.transferable or invoice.customer_id is None:
        return holding.transferable
    customers = Member.ended_at.is_(None) & Member.customer_id.in_(Customer.survivor_of(invoice.customer_id))
    own = select(Holding.id).join(Member, Member.id == Holding.member_id).where(Holding.id == holding.id, customers)
    return await session.scalar(own) is not None


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
    transfer = movement_for(invoice, "redemption", member, method=payment.method, source_id=payment.id)
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
        await _lock_both(invoice, holding.id, session)
        return await member_holding(holding.id, session)
    member = await member_of(invoice.customer_id, session) if invoice.customer_id else None
    if member is None:
        raise Refused("not_a_member", "The customer is no member.", customer_id=invoice.customer_id)
    return member


async def _lock_both(invoice: Invoice, holding_id: UUID, session: AsyncSession) -> None:
    """Whose holding it is now and whose bill it is; memberships that were merged away stay free."""
    both = select(Member.id).where(
        Member.id.in_(select(Holding.member_id).where(Holding.id == holding_id))
        | Member.ended_at.is_(None)
        & Member.customer_id.in_(Customer.survivor_of(invoice.customer_id) if invoice.customer_id else ())
    )
    await session.execute(both.order_by(Member.id).with_for_update())


async def give_back(invoice: Invoice, payment: Payment, before_fen: int, refund: Refund, session: AsyncSession) -> None:
    """What a member used for a bill goes back to where it came from; `before_fen` of the payment went back earlier.  Of a
    membership that ended only what was paid in counts, and can be refunded."""
    used = await session.get_one(Transfer, payment.transfer_id, options=[selectinload(Transfer.legs)])
    from_lots = [leg.holding_id for leg in used.legs if leg.holding_id is not None]
    await _lock_both(invoice, from_lots[0], session)
    member = await member_holding(from_lots[0], session)
    purse = await open_purse(member, session, also=from_lots)
    transfer = movement_for(
        invoice, "give_back", member, method=payment.method, source_id=refund.id, approval_id=refund.approval_id,
        reason=refund.reason,
    )  # fmt: skip
    purse.give_back(used, payment.amount_fen, before_fen, refund.amount_fen, transfer)
    await book(purse, transfer, session, correlation=invoice.ro_id)
    if member.ended_at is not None:
        given_up = movement("ending", invoice.store_id, member)
        purse.lapse(purse.given(), given_up)
        await book(purse, given_up, session, correlation=invoice.ro_id)


async def follow_points(invoice: Invoice, session: AsyncSession, *, paying: bool = False) -> None:
    """Points for a bill come once all of it is paid, at the rate of when it was issued, and go back with what is credited or
    refunded.  Only who is `paying` can earn; what was paid before the customer joined brings nothing, and a membership that
    ended is settled."""
    if invoice.payer != "customer" or invoice.customer_id is None:
        return
    payments = (await session.scalars(select(Payment).where(Payment.invoice_id == invoice.id))).all()
    paid = sum(payment.left_fen for payment in payments if payment.method not in WITHOUT_POINTS)
    terms = await terms_in_force(MembershipTerms, invoice.store_id, session, at=invoice.issued_at)
    wanted = min(paid, invoice.owed_fen) * terms.points_per_yuan // 100
    may_earn = paying and not invoice.open_fen
    earned_before = await session.scalar(select(Holding.id).where(Holding.source_id == invoice.id).limit(1)) is not None
    if not earned_before and not (may_earn and wanted):
        return
    member = await member_of(invoice.customer_id, session)
    if member is None or (not earned_before and await _paid_before_joining(invoice, payments, member, session)):
        return
    purse = await open_purse(member, session, bill=invoice.id)
    if earned_before and all(lot.source_id != invoice.id for lot in purse.holdings):
        return  # an earlier membership earned them
    earned, lost = (
        movement_for(invoice, kind, member, source_id=cause().id) for kind in ("points_earned", "points_taken_back")
    )
    purse.follow_points(invoice.id, wanted, may_earn=may_earn, terms=terms, earned=earned, lost=lost)
    await book(purse, lost if lost.legs else earned, session, correlation=invoice.ro_id)


async def _paid_before_joining(invoice: Invoice, payments: Sequence[Payment], member: Member, session: AsyncSession) -> bool:
    """Whether nothing of the bill was open any more when the customer became a member."""
    paid = [payment for payment in payments if payment.method != ON_ACCOUNT and payment.received_at < member.joined_at]
    back = select(func.coalesce(func.sum(Refund.amount_fen), 0)).where(
        Refund.payment_id.in_([payment.id for payment in paid]), Refund.refunded_at < member.joined_at
    )
    credited = select(func.coalesce(func.sum(CreditNote.amount_fen), 0)).where(
        CreditNote.invoice_id == invoice.id, CreditNote.credited_at < member.joined_at
    )
    left_fen = sum(payment.amount_fen for payment in paid) - int((await session.execute(back)).scalar_one())
    return left_fen >= invoice.amount_fen - int((await session.execute(credited)).scalar_one())


def _no_such_holding() -> Invalid:
    return Invalid("body.holding_id", "holding_unknown", "The customer has no such voucher or package card.")
