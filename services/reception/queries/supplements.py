"""Finding supplements and what was put off."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from services.reception.domain import DeferredItem, Estimate, LineDecision, Supplement


def supplements(*, store_id: str | None, state: str | None, ro_id: UUID | None) -> Select[Supplement]:
    """Supplements that fit all given filters."""
    given = {"store_id": store_id, "state": state, "ro_id": ro_id}
    asked = {name: value for name, value in given.items() if value is not None}
    return select(Supplement).where(Supplement.state_seq > 0).filter_by(**asked)


async def price_of(supplement: Supplement, session: AsyncSession) -> Estimate | None:
    """The supplement's estimate with its lines, once it is priced."""
    found = select(Estimate).where(Estimate.id == supplement.estimate_id).options(selectinload(Estimate.lines))
    return await session.scalar(found)


async def decisions_of(ro_id: UUID, session: AsyncSession) -> Sequence[LineDecision]:
    """Every decision about the order's lines, oldest first."""
    found = select(LineDecision).where(LineDecision.ro_id == ro_id)
    return (await session.scalars(found.order_by(LineDecision.decided_at, LineDecision.line_id))).all()


async def put_off(vehicle_id: UUID, session: AsyncSession) -> Sequence[DeferredItem]:
    """What is brought forward for the vehicle, the gravest first."""
    return (await session.scalars(DeferredItem.open_of(vehicle_id))).all()
