"""Bays that cannot be used, and what becomes of the work in them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.outages import TakeOut, TakeOutEquipment
from services.workshop.domain import Bay, Equipment, Job, Outage
from services.workshop.domain.states import IN_A_BAY
from services.workshop.handlers.capacity_plans import plan_soon
from services.workshop.handlers.standstill import Became, stop
from shared import clock
from shared.refusal import Invalid, Refused

OUT_OF_ORDER = "bay_out_of_order"


@dataclass(frozen=True, slots=True)
class Affected:
    """What became of a job in the bay: given back to the dispatcher, stopped, or it stands there as before."""

    job_id: UUID
    became: Became


async def take_out(bay: Bay, command: TakeOut, session: AsyncSession) -> tuple[Outage, list[Affected]]:
    """The bay cannot be used; when that is so now, the work in it is seen to.  Invalid: range_wrong, unknown_equipment.
    Refused('bay_turned') when the bay got another job at this very moment."""
    if command.equipment_id is not None and await _equipment(bay.store_id, command.equipment_id, session) is None:
        raise Invalid("body.equipment_id", "unknown_equipment", "The store has no such equipment.")
    return await _take_out(bay.store_id, bay.code, command.equipment_id, command, session)


async def take_out_equipment(
    equipment: Equipment, command: TakeOutEquipment, session: AsyncSession
) -> tuple[Outage, list[Affected]]:
    """The equipment cannot be used, and with it the bay in which it stands, if it stands in one.  As for a bay."""
    return await _take_out(equipment.store_id, equipment.bay, equipment.id, command, session)


async def _take_out(
    store_id: str, bay: str | None, equipment_id: UUID | None, command: TakeOutEquipment, session: AsyncSession
) -> tuple[Outage, list[Affected]]:
    now = clock.now()
    from_at = command.from_at or now
    if command.until_at is not None and command.until_at <= max(from_at, now):
        raise Invalid("body.until_at", "range_wrong", "An outage ends after its beginning, and in the future.")
    outage = Outage(
        store_id=store_id,
        bay=bay,
        kind=command.kind,
        from_at=from_at,
        until_at=command.until_at,
        reason=command.reason,
        equipment_id=equipment_id,
        version=1,
    )
    affected = await _begun(outage, session) if from_at <= now else []
    session.add(outage)
    await session.flush()
    if bay is not None:
        await plan_soon(store_id, session)
    return outage, affected


async def begin_outage(outage: Outage, session: AsyncSession) -> None:
    """The moment of a planned outage has come."""
    await _begun(outage, session)
    outage.version += 1


async def end_outage(outage: Outage, session: AsyncSession) -> Outage:
    """The bay, or the equipment, can be used again.  Refused('outage_ended')."""
    outage.end()
    await session.flush()
    await plan_soon(outage.store_id, session)
    return outage


async def refuse_out_of_order(store_id: str, bay: str, session: AsyncSession) -> None:
    """Refused('bay_out_of_order') for a bay that cannot be used now."""
    outage = await session.scalar(
        select(Outage).where(
            Outage.store_id == store_id, Outage.bay == bay, Outage.ended_at.is_(None), Outage.from_at <= clock.now()
        )
    )
    if outage is not None:
        until_at = outage.until_at.isoformat() if outage.until_at else None
        raise Refused(OUT_OF_ORDER, "The bay cannot be used now.", bay=bay, outage_id=outage.id, until_at=until_at)


async def _begun(outage: Outage, session: AsyncSession) -> list[Affected]:
    outage.begun_at = clock.now()
    if outage.bay is None:
        return []
    in_bay = select(Job).where(Job.store_id == outage.store_id, Job.bay == outage.bay, Job.state.in_(IN_A_BAY))
    jobs = (await session.scalars(in_bay.order_by(Job.id).with_for_update())).all()
    # Dispatching holds the bay: from here on nobody brings another job, and who did so meanwhile is seen.
    await session.scalar(select(Bay.id).where(Bay.store_id == outage.store_id, Bay.code == outage.bay).with_for_update())
    if {job.id for job in jobs} != set(await session.scalars(in_bay.with_only_columns(Job.id))):
        raise Refused("bay_turned", "The bay got another job meanwhile; look again.")
    became = await stop(jobs, OUT_OF_ORDER, "wait_tool", session)
    return [Affected(job.id, became[job.id]) for job in jobs]


async def _equipment(store_id: str, equipment_id: UUID, session: AsyncSession) -> UUID | None:
    return await session.scalar(select(Equipment.id).where(Equipment.id == equipment_id, Equipment.store_id == store_id))
