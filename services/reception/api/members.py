"""Members over HTTP: joining, paying in, cards and vouchers, refunds, and the statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import Field
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
from services.reception.domain import Member, PackageCard, Purse, Transfer
from services.reception.handlers import members as handlers
from services.reception.queries import members as asked
from shared.fields import Id, ShortText, StoreId, View
from shared.refusal import Invalid
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["members"])
KEEP = "reception.keep_members"
SELL = "reception.sell_to_members"
READ = "reception.read_members"


class MembershipView(View):
    """One customer's membership; `version` is the ETag of what is done with it."""

    id: UUID
    version: int
    joined_store_id: str = Field(validation_alias="store_id")
    customer_id: UUID
    member_no: str
    tier: str | None
    joined_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    ended_by: str | None
    merged_into: UUID | None
    """The membership that has what this one held, since the customer's files were merged."""


class PackageLineView(View):
    """What is left of one line of a package card; a payment names it as `holding_id`."""

    id: UUID
    card_id: UUID
    name: str
    op_code: str
    left: int
    worth_fen: int
    expires_at: datetime | None


class VoucherView(View):
    """A voucher that can be used; a payment names it as `holding_id`."""

    id: UUID
    face_fen: int | None
    discount_bp: int | None
    cap_fen: int | None
    min_spend_fen: int | None
    valid_from: datetime | None
    expires_at: datetime | None
    transferable: bool


class MemberView(MembershipView):
    """With what the member can use now: stored value as it was paid in (`principal_fen`) and given (`bonus_fen`), points,
    sessions, vouchers.  `points_short` are taken back from the next points."""

    principal_fen: int
    bonus_fen: int
    points: int
    points_short: int
    packages: list[PackageLineView]
    vouchers: list[VoucherView]

    @classmethod
    def of(cls, purse: Purse, cards: dict[UUID, PackageCard]) -> Self:
        packages = [
            PackageLineView(
                id=lot.id, card_id=lot.card_id, name=cards[lot.card_id].name, op_code=lot.op_code, left=lot.balance,
                worth_fen=lot.worth_fen, expires_at=lot.expires_at,
            )
            for lot in purse.lots("package")
            if lot.card_id and lot.op_code
        ]  # fmt: skip
        return cls(
            **MembershipView.model_validate(purse.member).model_dump(exclude={"joined_store_id"}),
            store_id=purse.member.store_id,
            principal_fen=purse.held("principal"),
            bonus_fen=purse.held("bonus"),
            points=purse.held("points"),
            points_short=purse.member.points_short,
            packages=packages,
            vouchers=[VoucherView.model_validate(lot) for lot in purse.lots("voucher")],
        )


class LegView(View):
    """One side of a movement."""

    account: str
    unit: str
    amount: int
    holding_id: UUID | None


class MovementView(View):
    """One movement, in whichever store it happened; the legs of each unit sum to zero.  `short`: points that were to be taken
    back and had been spent; legs of `points_short` say how they are made up for.
    Why, under which number and by whom are words of that store: nobody else reads them."""

    id: UUID
    store_id: str
    kind: str
    method: str | None
    invoice_id: UUID | None
    reason: str | None
    reference: str | None
    short: int
    actor: str | None
    moved_at: datetime
    legs: list[LegView]

    @classmethod
    def of(cls, transfer: Transfer, door: Door) -> Self:
        told = cls.model_validate(transfer)
        if door.may_touch(transfer.store_id):
            return told
        return told.model_copy(update={"reason": None, "reference": None, "actor": None})


@asynccontextmanager
async def changing_member(
    door: Door, store_id: str, member_id: UUID, approval_id: UUID | None = None, *, ended: bool = False
) -> AsyncIterator[tuple[AsyncSession, Member]]:
    """The transaction of a request in a store that moves what a member holds: locked, of the version that If-Match names, and
    not `ended` unless that does not matter."""
    async with door.creating(store_id) as session:
        member = await handlers.member_to_change(member_id, approval_id, session)
        door.must_have_seen(member.version)
        if not ended:
            member.refuse_ended()
        yield session, member


async def shown(door: Door, member: Member, session: AsyncSession, status: int = 201) -> Response:
    """The member as the answer to a write."""
    await session.flush()
    view = MemberView.of(*await asked.purse_of(member.id, session))
    return door.answer(status, view, version=member.version, location=f"/members/{member.id}")


@router.post("/stores/{store_id}/members", status_code=201, response_model=MemberView)
async def join(store_id: StoreId, body: JoinMember, door: Annotated[Door, allows(KEEP)]) -> Response:
    async with door.creating(store_id) as session:
        return await shown(door, await handlers.join(store_id, body, session), session)


@router.get("/members", response_model=Listing[MembershipView])
async def find_members(
    page: Paged,
    door: Annotated[Door, allows(READ)],
    customer_id: Id | None = None,
    member_no: Annotated[ShortText | None, Query()] = None,
) -> Listing[MembershipView]:
    """By customer or number; newest first, ended memberships included."""
    if customer_id is None and member_no is None:
        raise Invalid("query.customer_id", "filter_missing", "Search by customer_id or member_no.")
    async with door.reading() as session:
        found = asked.members(customer_id=customer_id, member_no=member_no)
        rows, following = await page_of(session, found, [Member.id], page)
    return Listing(items=[MembershipView.model_validate(row) for row in rows], next=following)


@router.get("/members/{member_id}", response_model=MemberView)
async def read_member(member_id: Id, door: Annotated[Door, allows(READ)]) -> Response:
    async with door.reading() as session:
        purse, cards = await asked.purse_of(member_id, session)
    return door.answer(200, MemberView.of(purse, cards), version=purse.member.version)


@router.get("/members/{member_id}/statement", response_model=Listing[MovementView])
async def read_statement(member_id: Id, page: Paged, door: Annotated[Door, allows(READ)]) -> Listing[MovementView]:
    """Everything that moved, newest first."""
    async with door.reading() as session:
        rows, following = await page_of(session, await asked.statement(member_id, session), [Transfer.id], page)
    return Listing(items=[MovementView.of(row, door) for row in rows], next=following)


@router.post("/stores/{store_id}/members/{member_id}/top-ups", status_code=201, response_model=MemberView)
async def top_up(store_id: StoreId, member_id: Id, body: TopUp, door: Annotated[Door, allows(SELL)]) -> Response:
    """Money in advance, with the bonus of the store's terms."""
    async with changing_member(door, store_id, member_id) as (session, member):
        await handlers.top_up(store_id, member, body, session)
        return await shown(door, member, session)


@router.post("/stores/{store_id}/members/{member_id}/package-cards", status_code=201, response_model=MemberView)
async def sell_package(store_id: StoreId, member_id: Id, body: SellPackage, door: Annotated[Door, allows(SELL)]) -> Response:
    """A card of prepaid services."""
    async with changing_member(door, store_id, member_id) as (session, member):
        await handlers.sell_package(store_id, member, body, session)
        return await shown(door, member, session)


@router.post("/stores/{store_id}/members/{member_id}/vouchers", status_code=201, response_model=MemberView)
async def issue_voucher(
    store_id: StoreId, member_id: Id, body: IssueVoucher, door: Annotated[Door, allows("reception.issue_vouchers")]
) -> Response:
    """A voucher over an amount, or per cent."""
    async with changing_member(door, store_id, member_id) as (session, member):
        await handlers.issue_voucher(store_id, member, body, session)
        return await shown(door, member, session)


@router.post("/stores/{store_id}/members/{member_id}/refunds", status_code=201, response_model=MemberView)
async def refund(
    store_id: StoreId, member_id: Id, body: RefundMember, door: Annotated[Door, allows("reception.refund_members")]
) -> Response:
    """Paid-in value goes back, once a second person approved; bonuses are lost in proportion."""
    async with changing_member(door, store_id, member_id, body.approval_id, ended=True) as (session, member):
        await handlers.refund(store_id, member, body, session)
        return await shown(door, member, session)


@router.post(
    "/stores/{store_id}/members/{member_id}/package-cards/{card_id}/refund", status_code=201, response_model=MemberView
)
async def refund_package(
    store_id: StoreId,
    member_id: Id,
    card_id: Id,
    body: RefundPackage,
    door: Annotated[Door, allows("reception.refund_members")],
) -> Response:
    """What the unused sessions of a card stand for goes back, once a second person approved."""
    async with changing_member(door, store_id, member_id, body.approval_id, ended=True) as (session, member):
        await handlers.refund_package(store_id, member, card_id, body, session)
        return await shown(door, member, session)


@router.post("/stores/{store_id}/members/{member_id}/ending", response_model=MemberView)
async def end_membership(
    store_id: StoreId, member_id: Id, body: EndMembership, door: Annotated[Door, allows(KEEP)]
) -> Response:
    """Points, bonuses and vouchers are given up; paid-in value must be used or refunded before."""
    async with changing_member(door, store_id, member_id) as (session, member):
        await handlers.end_membership(store_id, member, body, session)
        return await shown(door, member, session, 200)
