"""Which promises the workshop will hardly keep."""

from uuid import UUID

from sqlalchemy import ColumnElement
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import PromiseRisk, RepairOrder
from services.reception.domain.promise_risks import worst


async def risk_of(ro_id: UUID, session: AsyncSession) -> PromiseRisk | None:
    """What stands against the order's promise, the worst of its jobs; None: nothing is known."""
    return worst(await session.scalars(PromiseRisk.standing().where(PromiseRisk.ro_id == ro_id)))


def at_risk() -> ColumnElement[bool]:
    """A condition on repair orders."""
    return RepairOrder.id.in_(PromiseRisk.standing().with_only_columns(PromiseRisk.ro_id))
