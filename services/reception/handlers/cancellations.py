"""Calling work off: a line of an order, or the order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.cancellations import CancelLine, CancelOrder
from services.reception.domain import DeferredItem, Deposit, Estimate, PricedLine, RepairOrder
from services.reception.domain.decisions import put_off
from services.reception.domain.kinds import is_internal
from services.reception.handlers.appointments import call_off
from services.reception.handlers.approvals import use_approval
from services.reception.handlers.decisions import reopen_deferred
from services.reception.handlers.operations import safety_items
from services.reception.handlers.progress import lines_and_progress
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared.outbox import announce


async def cancel_line(ro_id: UUID, line_id: UUID, command: CancelLine, session: AsyncSession) -> RepairOrder:
    """Take a line back that nobody has begun; parts, workshop and claims withdraw what the work no longer names."""
    order = await session.get_one(RepairOrder, ro_id)
    lines, progress = await lines_and_progress(ro_id, session)
    rest = order.cancel_line(line_id, lines, progress, command.reason_code)
    announce(session, order.authorised_work(rest))
    order.follow(rest, progress)
    await keep_visit(order, session, rest)
    await reopen_deferred(order, [line for line in lines if line not in rest], session)
    return order


async def cancel_order(ro_id: UUID, command: CancelOrder, session: AsyncSession) -> RepairOrder:
    """Send the car home without the work: what was proposed is remembered for next time, hours and parts are free again."""
    order = await session.get_one(RepairOrder, ro_id)
    lines, progress = await lines_and_progress(ro_id, session)
    proposed: Sequence[PricedLine] = lines or await _estimated(order, session)
    deposits = (await session.scalars(select(Deposit).where(Deposit.ro_id == ro_id))).all()
    agreed = {"ro_no": order.ro_no, "total_fen": order.total_fen}
    said, without_work = order.cancel(lines, progress, sum(deposit.left_fen for deposit in deposits), command.reason_code)
    if without_work is not None:
        await use_approval(command.approval_id, "cancellation", order.id, agreed, session)
        announce(session, without_work)
    announce(session, said)
    if order.appointment_id is not None:
        await call_off(order.appointment_id, command.reason_code, session)
    await reopen_deferred(order, lines, session)
    if not is_internal(order.order_kind):
        still_open = {item.code for item in await session.scalars(DeferredItem.open_of(order.vehicle_id))}
        grades = await safety_items(proposed, session)
        session.add_all(put_off(proposed, grades, still_open, order.vehicle_id, order.customer_id, command.reason_code))
    await keep_visit(order, session, [])
    tell_customer(order, "cancelled", session)
    return order


async def _estimated(order: RepairOrder, session: AsyncSession) -> Sequence[PricedLine]:
    estimate = await session.scalar(Estimate.numbered(order.id, order.estimate_no))
    return estimate.lines if estimate else []
