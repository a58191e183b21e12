"""Reading what a store asks now."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Operation, PartOffer, PriceTerms, ReceptionPolicy
from services.reception.domain.price_lists import PriceList
from shared import clock


async def price_list_for(store_id: str, model: str, codes: Iterable[str], session: AsyncSession) -> PriceList:
    """For a car of this model, as far as these operations and parts need it."""
    policy = await session.scalar(ReceptionPolicy.in_force(PriceTerms.NAME, store_id, clock.now()))
    wanted = set(codes)
    known = await session.scalars(select(Operation).where(Operation.op_code.in_(wanted)))
    offers = await session.scalars(PartOffer.of_parts(store_id, wanted))
    return PriceList.under(policy, model, known, offers)
