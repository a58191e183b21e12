"""Keeping the group's history of each car up with its repair orders."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, RepairOrderLine, VehicleVisit


async def keep_visit(order: RepairOrder, session: AsyncSession, work: Iterable[RepairOrderLine] | None = None) -> None:
    """Follow an order that changed, in its transaction; `work`: all lines that are authorised now, where these changed."""
    visit = await session.get(VehicleVisit, order.id)
    if visit is None:
        visit = VehicleVisit.begun_by(order)
        session.add(visit)
        if work is None and order.ro_no is not None:  # an older release opened the order
            work = await session.scalars(RepairOrderLine.of_order(order.id))
    visit.follow(order)
    if work is not None:
        visit.keep_work(work)
