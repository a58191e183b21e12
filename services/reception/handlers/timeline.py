"""Telling the customer what happens."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, TimelineEntry
from shared import clock


def tell_customer(order: RepairOrder, code: str, session: AsyncSession, **parameters: Any) -> None:
    """Put a step of ours on the order's timeline; `code` names its sentence, `parameters` are JSON values."""
    session.add(TimelineEntry.caused(code, order.id, order.store_id, clock.now(), **parameters))
