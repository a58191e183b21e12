"""Noticing comebacks at check-in."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import ComebackTerms, RepairOrder, RepairOrderLine
from shared.policies import terms_in_force


async def earlier_visit(order: RepairOrder, session: AsyncSession) -> UUID | None:
    """The car's last repair order, within the store's policy, that was for one of the concerns that it comes with now – told at
    check-in or worked on – among those that the caller may see."""
    concerns = {symptom["concern_code"] for symptom in order.symptoms}
    if not concerns:
        return None
    terms = await terms_in_force(ComebackTerms, order.store_id, session, order.checked_in_at)
    worked_on = select(RepairOrderLine.ro_id).where(
        RepairOrderLine.ro_id == RepairOrder.id, RepairOrderLine.concern_code.in_(concerns)
    )
    told = (RepairOrder.symptoms.contains([{"concern_code": code}]) for code in sorted(concerns))
    earlier = (
        select(RepairOrder.id)
        .where(
            RepairOrder.vehicle_id == order.vehicle_id,
            RepairOrder.delivered_at >= order.checked_in_at - timedelta(days=terms.days),
            or_(*told, worked_on.exists()),
        )
        .order_by(RepairOrder.delivered_at.desc())
        .limit(1)
    )
    return await session.scalar(earlier)
