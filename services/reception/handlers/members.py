"""Members: joining, paying in, what is given to them, what goes back, what lapses."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.members import (
    EndMembership,
    IssueVoucher,
    JoinMember,
    RefundMember,
    RefundPackage,
    SellPackage,
    TopUp,
)
from services.reception.domain import (
    Approval,
    Customer,
    Holding,
    Member,
    MembershipTerms,
    PackageCard,
    Purse,
    Session,
    member_number,
)  # fmt: skip
from services.reception.handlers.approvals import use_approval
from services.reception.handlers.customers import open_file
from services.reception.handlers.ledger import book, movement
from services.reception.handlers.numbers import next_number
from shared import clock
from shared.cause import cause
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused, Unknown
from shared.settings import stores

REFUND = "stored_value_refund"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('member'), hashtext(:customer_id))")


async def join(store_id: str, command: JoinMember, session: AsyncSession) -> Member:
    """A customer becomes a member.  Refused('member_already')."""
    await session.execute(_ONE_AT_A_TIME, {"customer_id": str(command.customer_id)})
    customer = await open_file(command.customer_id, session)
    day = clock.day_in(stores()[store_id].time_zone)
    number = await next_number(store_id, "member", day, session)
    known = await session.scalar(select(Member).where(Member.customer_id == customer.id, Member.ended_at.is_(None)))
    if known is not None:
        raise Refused("member_already", "The customer is a member already.", member_id=known.id)
    member = Member(
        store_id=store_id, customer_id=customer.id, tier=command.tier, member_no=member_number(store_id, day, number)
    )
    session.add(member)
    await session.flush()
    return member


async def member_to_change(member_id: UUID, approval_id: UUID | None, session: AsyncSession) -> Member:
    """The membership that a request's address names, locked after the approval that the request names.  Unknown."""
    if approval_id is not None:
        await session.get(Approval, approval_id, with_for_update=True)
    member = await session.get(Member, member_id, with_for_update=True)
    if member is None:
        raise Unknown("member")
    return member


async def member_of(customer_id: UUID, session: AsyncSession) -> Member | None:
    """The membership of whose file this is, locked; None where there is none."""
    holds = await session.scalar(Customer.survivor_of(customer_id))
    while True:
        found = select(Member).where(Member.customer_id == holds, Member.ended_at.is_(None))
        member = await session.scalar(found.with_for_update().execution_options(populate_existing=True))
        now_holds = await session.scalar(Customer.survivor_of(customer_id))
        if member is not None or now_holds == holds:
            return member
        holds = now_holds


async def member_holding(holding_id: UUID, session: AsyncSession) -> Member:
    """Whose holding this is, locked, wherever it went when files were merged."""
    owner = select(Holding.member_id).where(Holding.id == holding_id)
    while True:
        member_id = (await session.execute(owner)).scalar_one()
        member = await session.get_one(Member, member_id, with_for_update=True)
        if (await session.execute(owner)).scalar_one() == member.id:
            return member


async def open_purse(
    member: Member, session: AsyncSession, *, also: Iterable[UUID] = (), bill: UUID | None = None, card_id: UUID | None = None
) -> Purse:
    """What a locked member holds; `also` the empty lots with these ids, those earned by this bill, this card's lines."""
    found = Holding.of_member(member.id, also=also, bill=bill, card_id=card_id)
    return Purse(member, list(await session.scalars(found.execution_options(populate_existing=True))))


async def top_up(store_id: str, member: Member, command: TopUp, session: AsyncSession) -> None:
    """Money in advance."""
    purse = await open_purse(member, session)
    transfer = movement("top_up", store_id, member, method=command.method, reference=command.reference, source_id=cause().id)
    purse.top_up(command.amount_fen, await terms_in_force(MembershipTerms, store_id, session), transfer)
    await book(purse, transfer, session)


async def sell_package(store_id: str, member: Member, command: SellPackage, session: AsyncSession) -> PackageCard:
    """A card of prepaid services.  Invalid('valid_until_over')."""
    _refuse_over(command.valid_until)
    card = PackageCard(store_id=store_id, name=command.name, price_fen=command.price_fen)
    session.add(card)
    await session.flush()  # the card stands before its lines
    purse = await open_purse(member, session)
    transfer = movement(
        "package_sale", store_id, member, method=command.method, reference=command.reference, source_id=cause().id
    )
    sessions = [Session(line.op_code, line.times, line.list_price_fen) for line in command.lines]
    purse.sell_package(card, sessions, command.valid_until, transfer)
    await book(purse, transfer, session)
    return card


async def issue_voucher(store_id: str, member: Member, command: IssueVoucher, session: AsyncSession) -> Holding:
    """Give a voucher.  Invalid('valid_until_over')."""
    _refuse_over(command.valid_until)
    purse = await open_purse(member, session)
    transfer = movement("voucher_issue", store_id, member, reason=command.reason, source_id=cause().id)
    terms = command.model_dump(exclude={"reason", "valid_until"})
    voucher = purse.issue_voucher(transfer, expires_at=command.valid_until, **terms)
    await book(purse, transfer, session)
    return voucher


async def refund(store_id: str, member: Member, command: RefundMember, session: AsyncSession) -> None:
    """Paid-in value goes back.  Refused('approval_needed') first."""
    values = {"member_id": str(member.id), "amount_fen": command.amount_fen, "method": command.method}
    purse = await open_purse(member, session)
    transfer = movement("refund", store_id, member, method=command.method, reason=command.reason, source_id=cause().id)
    purse.refund(command.amount_fen, transfer)
    transfer.approval_id = (await use_approval(command.approval_id, REFUND, member.id, values, session)).id
    await book(purse, transfer, session)


async def refund_package(store_id: str, member: Member, card_id: UUID, command: RefundPackage, session: AsyncSession) -> None:
    """A card is given back.  Unknown; Refused('approval_needed') first."""
    purse = await open_purse(member, session, card_id=card_id)
    lines = [lot for lot in purse.holdings if lot.card_id == card_id]
    if not lines:
        raise Unknown("package card")
    transfer = movement("refund", store_id, member, method=command.method, reason=command.reason, source_id=cause().id)
    amount_fen = purse.refund_package(lines, transfer)
    values = {"card_id": str(card_id), "amount_fen": amount_fen, "method": command.method}
    transfer.approval_id = (await use_approval(command.approval_id, REFUND, member.id, values, session)).id
    await book(purse, transfer, session)


async def end_membership(store_id: str, member: Member, command: EndMembership, session: AsyncSession) -> None:
    """Points, bonuses and vouchers are given up; money must be gone before."""
    purse = await open_purse(member, session)
    transfer = movement("ending", store_id, member, reason=command.reason, source_id=cause().id)
    purse.end(transfer)
    await book(purse, transfer, session)


async def expire(member: Member, session: AsyncSession) -> None:
    """What fell due lapses, in the stores where it was given."""
    purse = await open_purse(member, session)
    due = sorted(purse.lapsing(), key=lambda lot: (lot.store_id, lot.id))
    for store_id, lots in groupby(due, key=lambda lot: lot.store_id):
        transfer = movement("expiry", store_id, member)
        purse.lapse(list(lots), transfer)
        await book(purse, transfer, session)
    purse.note_next_expiry()


async def merge_members(given_up: Customer, survivor: Customer, session: AsyncSession) -> None:
    """The membership follows the file; of two the survivor's stays and holds what both held.  Memberships merged into them
    are locked with them, in the order of keys."""
    living = select(Member.id).where(Member.customer_id.in_([given_up.id, survivor.id]), Member.ended_at.is_(None))
    whole = select(Member).where(Member.id.in_(living) | Member.merged_into.in_(living))
    locked = await session.scalars(whole.order_by(Member.id).with_for_update().execution_options(populate_existing=True))
    by_file = {member.customer_id: member for member in locked if member.ended_at is None}
    mine, theirs = by_file.get(given_up.id), by_file.get(survivor.id)
    if mine is None:
        return
    if theirs is None:
        mine.customer_id = survivor.id
        mine.version += 1
        return
    mine.give_up_for(theirs)
    await session.execute(update(Holding).where(Holding.member_id == mine.id).values(member_id=theirs.id))
    await session.execute(update(Member).where(Member.merged_into == mine.id).values(merged_into=theirs.id))
    (await open_purse(theirs, session)).note_next_expiry()


def _refuse_over(valid_until: Any) -> None:
    if valid_until <= clock.now():
        raise Invalid("body.valid_until", "valid_until_over", "It would have expired already.")
