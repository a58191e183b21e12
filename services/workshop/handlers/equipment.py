"""Keeping the store's equipment and its maintenance."""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.equipment import AddEquipment, PlanMaintenance, RecordMaintenance
from services.workshop.domain import Bay, Equipment, Job, Maintenance, Outage, ToolTerms
from services.workshop.domain.dispatching import ReadyJob
from shared import clock
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused
from shared.settings import stores


async def add_equipment(store_id: str, command: AddEquipment, session: AsyncSession) -> Equipment:
    """Invalid: plan_incomplete, unknown_bay.  Refused('equipment_code_taken')."""
    _refuse_half_a_plan(command)
    taken = select(Equipment.id).where(Equipment.store_id == store_id, Equipment.code == command.code)
    if await session.scalar(taken):
        raise Refused("equipment_code_taken", "The store has equipment with this code.", equipment=command.code)
    if command.bay is not None and not await session.scalar(select(Bay.id).filter_by(store_id=store_id, code=command.bay)):
        raise Invalid("body.bay", "unknown_bay", "The store has no such bay.")
    equipment = Equipment(store_id=store_id, version=1, **command.model_dump())
    session.add(equipment)
    await session.flush()
    return equipment


async def plan_maintenance(equipment: Equipment, command: PlanMaintenance, session: AsyncSession) -> Equipment:
    """Invalid('plan_incomplete')."""
    _refuse_half_a_plan(command)
    equipment.plan(command.every_days, command.due_on)
    await session.flush()
    return equipment


async def record_maintenance(
    equipment: Equipment, command: RecordMaintenance, by: str, session: AsyncSession
) -> tuple[Equipment, Maintenance]:
    """Invalid('in_the_future')."""
    if command.done_on > clock.day_in(stores()[equipment.store_id].time_zone):
        raise Invalid("body.done_on", "in_the_future", "What was done was done today or before.")
    maintenance = equipment.maintained(command.done_on, command.remark, by)
    session.add(maintenance)
    await session.flush()
    return equipment, maintenance


async def refuse_without_tool(job: Job, session: AsyncSession) -> None:
    """Refused('tool_out_of_order') for a job that cannot be worked on with what the store has in order."""
    terms = await terms_in_force(ToolTerms, job.store_id, session)
    if terms.any_needed:
        terms.refuse_lacking(job.skill, job.op_code, await _kinds_out_of_order(job.store_id, session))


async def with_tools(store_id: str, jobs: Iterable[ReadyJob], session: AsyncSession) -> list[ReadyJob]:
    """These jobs, and of each whether what it needs is out of order."""
    terms = await terms_in_force(ToolTerms, store_id, session)
    out = await _kinds_out_of_order(store_id, session) if terms.any_needed else set[str]()
    return [replace(job, lacks_tool=bool(terms.lacking(job.skill, job.op_code, out))) for job in jobs]


async def _kinds_out_of_order(store_id: str, session: AsyncSession) -> set[str]:
    """Of which nothing that the store has can be used now; of what it never wrote down nobody knows."""
    down = select(Outage.id).where(
        Outage.equipment_id == Equipment.id, Outage.ended_at.is_(None), Outage.from_at <= clock.now()
    )
    kinds = select(Equipment.kind).where(Equipment.store_id == store_id).group_by(Equipment.kind)
    return set(await session.scalars(kinds.having(func.bool_and(down.exists()))))


def _refuse_half_a_plan(command: PlanMaintenance) -> None:
    if (command.every_days is None) != (command.due_on is None):
        raise Invalid("body.due_on", "plan_incomplete", "A plan says how often, and when next.")
