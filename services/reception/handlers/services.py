"""Sublet work and agency services come to their end."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.services import CompleteService
from services.reception.domain import RepairOrder
from services.reception.handlers.progress import lines_and_progress
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared.outbox import announce


async def complete_service(ro_id: UUID, line_id: UUID, command: CompleteService, session: AsyncSession) -> RepairOrder:
    """The other firm is done, or the paper is there; with the last job, part and service the work is complete."""
    order = await session.get_one(RepairOrder, ro_id)
    lines, progress = await lines_and_progress(ro_id, session)
    line, said = order.complete_service(line_id, lines, command.model_dump())
    announce(session, said)
    tell_customer(order, "service_completed", session, line_id=str(line.id))
    order.follow(lines, progress)
    await keep_visit(order, session)
    return order
