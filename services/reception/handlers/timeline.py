"""Telling the customer what happens."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, TimelineEntry
from services.reception.domain.sentences import SENTENCES
from shared import clock


def tell_customer(order: RepairOrder, code: str, session: AsyncSession, **parameters: Any) -> None:
    """Put a step of ours on the order's timeline; `code` names its sentence, which `parameters` (JSON values) fill.  ValueError
    for a code that has none."""
    if code not in SENTENCES:
        raise ValueError(f"the timeline has no sentence {code}")
    session.add(TimelineEntry.caused(code, order.id, order.store_id, clock.now(), **parameters))
