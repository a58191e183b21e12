"""Customers in the lounge."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.waiting import SettleIn
from services.reception.domain import LoungeTerms, RepairOrder
from shared.policies import terms_in_force


async def settle_in(ro_id: UUID, command: SettleIn, session: AsyncSession) -> RepairOrder:
    """The customer begins to wait, or leaves."""
    order = await session.get_one(RepairOrder, ro_id)
    order.settle_in(waits=command.waits, terms=await terms_in_force(LoungeTerms, order.store_id, session))
    return order
