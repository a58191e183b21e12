"""Sublet work and agency services come to their end."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.services import CompleteService
from services.reception.domain import RepairOrder, RepairOrderLine
from services.reception.domain.agreeing import WORKED_ON
from services.reception.handlers.progress import lines_and_progress, note_stage
from services.reception.handlers.timeline import tell_customer
from services.reception.handlers.visits import keep_visit
from shared.events.workshop import SubletPassed
from shared.outbox import announce


async def complete_service(ro_id: UUID, line_id: UUID, command: CompleteService, session: AsyncSession) -> RepairOrder:
    """The other firm is done, or the paper is there; with the last job, part and service the work is complete."""
    return await _complete(await session.get_one(RepairOrder, ro_id), line_id, command.model_dump(), session)


async def note_sublet(event: SubletPassed, session: AsyncSession) -> None:
    """The firm's work passed the workshop's check: its line is done, unless somebody said so before or nobody wants it any
    more."""
    await note_stage(event, session)
    order = await session.get(RepairOrder, event.ro_id)
    if order is None or order.state not in WORKED_ON:
        return
    line = await session.get(RepairOrderLine, event.about.subject)
    if line is not None and line.completed_at is None and line.withdrawn_at is None:
        told = {"document_no": event.document_no, "cost_fen": event.cost_fen, "commission_fen": None}
        await _complete(order, line.id, told, session)


async def _complete(order: RepairOrder, line_id: UUID, told: Mapping[str, Any], session: AsyncSession) -> RepairOrder:
    lines, progress = await lines_and_progress(order.id, session)
    line, said = order.complete_service(line_id, lines, told)
    announce(session, said)
    tell_customer(order, "service_completed", session, line_id=str(line.id))
    order.follow(lines, progress)
    await keep_visit(order, session)
    return order
