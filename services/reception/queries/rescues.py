"""Finding rescue calls."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.reception.domain import RepairOrder, RescueCall
from shared.database import ALL_STORES


def rescue_calls(
    *,
    within: Sequence[str],
    store_id: str | None,
    state: str | None,
    called_from: date | None,
    called_until: date | None,
) -> tuple[Select[RescueCall], list[InstrumentedAttribute[Any]]]:
    """Calls that fit all given filters, of the stores `within`; and the keys by which they are paged."""
    found = select(RescueCall)
    if store_id is not None:
        found = found.where(RescueCall.store_id == store_id)
    elif ALL_STORES not in within:
        found = found.where(RescueCall.store_id.in_(within))
    if state is not None:
        found = found.where(RescueCall.state == state)
    if called_from is not None:
        found = found.where(RescueCall.called_on >= called_from)
    if called_until is not None:
        found = found.where(RescueCall.called_on <= called_until)
    by_day = called_from is not None or called_until is not None
    return found, [RescueCall.called_on, RescueCall.id] if by_day else [RescueCall.id]


async def call_of(order: RepairOrder, session: AsyncSession) -> UUID | None:
    """The call that became this order."""
    if order.order_kind != "rescue":
        return None
    return await session.scalar(select(RescueCall.id).where(RescueCall.ro_id == order.id))
