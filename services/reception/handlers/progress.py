"""Keeping up with parts and workshop: how far each authorised line is."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import LineProgress
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.workshop import JobCompleted, JobDispatched, QualityFailed


async def mark_reserved(event: PartsReserved, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("reserved", event.about, event.ro_id)


async def mark_backordered(event: PartsBackordered, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("backordered", event.about, event.ro_id, eta_at=event.eta_at)


async def mark_issued(event: PartsIssued, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("issued", event.about, event.ro_id)


async def mark_dispatched(event: JobDispatched, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("dispatched", event.about, event.ro_id)


async def mark_reworked(event: QualityFailed, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("rework", event.about, event.ro_id, reworks=event.rework_no)


async def mark_completed(event: JobCompleted, session: AsyncSession) -> None:
    line = await session.get_one(LineProgress, event.about.subject)
    line.reach("completed", event.about, event.ro_id, reworks=event.reworks)
