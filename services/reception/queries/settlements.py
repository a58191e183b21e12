"""The settlement sheet, as it stands or as it would be."""

from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, RepairOrderLine
from services.reception.domain.invoices import bill
from services.reception.domain.settlements import settlement_sheet
from services.reception.queries.invoices import invoices_of
from shared import clock
from shared.settings import stores


async def sheet_of(order: RepairOrder, session: AsyncSession) -> dict[str, Any]:
    """The order's settlement sheet; before the bill, what each payer would pay."""
    lines = (await session.scalars(RepairOrderLine.of_order(order.id))).all()
    invoices = await invoices_of(order.id, session) or bill(order.id, order.store_id, lines)
    return settlement_sheet(order, lines, invoices)


def today(store_id: str) -> date:
    """The store's own day."""
    return clock.day_in(stores()[store_id].time_zone)


async def order_of(ro_id: UUID, session: AsyncSession) -> RepairOrder:
    """NoResultFound when there is no such order for the caller."""
    return await session.get_one(RepairOrder, ro_id)
