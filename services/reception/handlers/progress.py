"""Keeping up with parts and workshop: how far each authorised line is, and when the work is complete."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import LineProgress, RepairOrder, RepairOrderLine, TimelineEntry
from services.reception.domain.progress import Told
from services.reception.handlers.visits import keep_visit


async def note_stage(event: Told, session: AsyncSession) -> None:
    """Keep the line's newest stage, and tell the customer; the order, when it is known, follows its lines."""
    line = await session.get_one(LineProgress, event.about.subject)
    line.tell(event)
    session.add(TimelineEntry.told(event))
    order = await session.get(RepairOrder, event.ro_id)
    if order is not None:
        order.note_spending(line)
    if order is not None and line.finished != (order.state == "work_complete"):  # other stages move no order
        order.follow(*await lines_and_progress(order.id, session))
        await keep_visit(order, session)


async def lines_and_progress(ro_id: UUID, session: AsyncSession) -> tuple[list[RepairOrderLine], dict[UUID, LineProgress]]:
    """The order's lines, and what was heard of them by line id."""
    lines = list(await session.scalars(RepairOrderLine.of_order(ro_id)))
    heard = await session.scalars(LineProgress.of_lines(line.id for line in lines))
    return lines, {progress.id: progress for progress in heard}
