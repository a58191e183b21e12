"""Finding members, what they hold, and how it moved."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.reception.domain import Customer, Holding, Member, PackageCard, Purse, Transfer


def members(*, customer_id: UUID | None, member_no: str | None) -> Select[Member]:
    """Memberships that fit all given filters, ended ones included; of a customer those of all files merged into that one."""
    found = select(Member)
    if customer_id is not None:
        found = found.where(Member.customer_id.in_(Customer.same_file(customer_id)))
    if member_no is not None:
        found = found.where(Member.member_no == member_no)
    return found


async def purse_of(member_id: UUID, session: AsyncSession) -> tuple[Purse, dict[UUID, PackageCard]]:
    """What a member holds, and the package cards of which lines are left; NoResultFound when there is no such member."""
    member = await session.get_one(Member, member_id)
    purse = Purse(member, list(await session.scalars(Holding.of_member(member_id))))
    ids = {lot.card_id for lot in purse.holdings if lot.card_id}
    cards = await session.scalars(select(PackageCard).where(PackageCard.id.in_(ids)))
    return purse, {card.id: card for card in cards}


async def statement(member_id: UUID, session: AsyncSession) -> Select[Transfer]:
    """All movements of a member and of the memberships merged into that one; NoResultFound when there is no such member."""
    await session.get_one(Member, member_id)
    whole = select(Member.id).where((Member.id == member_id) | (Member.merged_into == member_id))
    return select(Transfer).where(Transfer.member_id.in_(whole)).options(selectinload(Transfer.legs))
