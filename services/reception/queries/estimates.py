"""Reading estimates."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Estimate, RepairOrder


async def estimate_of(order: RepairOrder, session: AsyncSession) -> Estimate | None:
    """The order's newest estimate with its lines."""
    return await session.scalar(Estimate.numbered(order.id, order.estimate_no))
