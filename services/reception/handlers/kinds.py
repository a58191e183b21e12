"""How the house agrees to its own work (R12)."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import Authorise
from services.reception.domain import Estimate, RepairOrder
from services.reception.domain.kinds import COSTS_APPROVED, refuse_channel
from services.reception.handlers.approvals import use_approval


async def agree_internally(order: RepairOrder, estimate: Estimate, command: Authorise, session: AsyncSession) -> None:
    """Where no customer looks at the estimate, the manager must have approved exactly this one.  Refused('approval_needed');
    Invalid: what `refuse_channel` finds."""
    if order.state != "estimated":
        return  # the order itself says why it cannot be agreed to now
    refuse_channel(order.order_kind, command.channel)
    if order.order_kind in COSTS_APPROVED:
        shown = {"estimate_id": str(estimate.id), "total_fen": estimate.total_fen}
        await use_approval(command.approval_id, "cost_estimate", order.id, shown, session)
