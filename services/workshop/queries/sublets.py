"""Work that other firms do."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Sublet
from services.workshop.domain.sublets import UNHEARD
from shared import clock
from shared.refusal import Unknown


def sublets(store_id: str | None, state: str | None, ro_id: UUID | None, *, overdue: bool) -> Select[Sublet]:
    """Of a store, in a state, of a repair order; `overdue`: only what the firm should have brought."""
    found = select(Sublet).where(Sublet.state != UNHEARD)
    if store_id is not None:
        found = found.where(Sublet.store_id == store_id)
    if state is not None:
        found = found.where(Sublet.state == state)
    if ro_id is not None:
        found = found.where(Sublet.ro_id == ro_id)
    return found.where(Sublet.state == "out", Sublet.due_at < clock.now()) if overdue else found


async def sublet(sublet_id: UUID, session: AsyncSession) -> Sublet:
    """Unknown when there is none."""
    found = await session.scalar(select(Sublet).where(Sublet.id == sublet_id, Sublet.state != UNHEARD))
    if found is None:
        raise Unknown("sublet")
    return found
