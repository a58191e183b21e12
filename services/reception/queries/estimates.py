"""Reading estimates."""

from uuid import UUID

from sqlalchemy import Select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Estimate, RepairOrder


async def versions_of(ro_id: UUID, session: AsyncSession) -> Select[Estimate]:
    """All estimates of the order.  NoResultFound when there is no such order for the caller."""
    await session.get_one(RepairOrder, ro_id)
    return Estimate.of_order(ro_id)


async def estimate_of(order: RepairOrder, session: AsyncSession) -> Estimate | None:
    """The order's newest estimate with its lines."""
    return await session.scalar(Estimate.numbered(order.id, order.estimate_no))
