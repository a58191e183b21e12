"""Keeping the store's technicians.  The door has locked who is changed."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.technicians import AddTechnician, ChangeCertificates, ChangeGrade, ChangeSkills, Leave
from services.workshop.domain import Activity, Shift, Technician
from services.workshop.domain.technicians import COUNTS_BP, trade_of
from services.workshop.handlers.capacity_plans import plan_soon
from shared import clock
from shared.money import WHOLE_BP
from shared.refusal import Refused
from shared.settings import stores


async def locked(store_id: str, code: str, session: AsyncSession) -> Technician | None:
    """A technician of the store, locked: one request after the other gives them work, plans their shifts, turns their clock."""
    return await session.scalar(
        select(Technician).where(Technician.store_id == store_id, Technician.code == code).with_for_update()
    )


async def add_technician(store_id: str, command: AddTechnician, session: AsyncSession) -> Technician:
    """Refused('technician_code_taken') when the store has a technician of this code."""
    if await session.scalar(select(Technician.id).where(Technician.store_id == store_id, Technician.code == command.code)):
        raise Refused("technician_code_taken", "The store has a technician with this code.", technician=command.code)
    skills = sorted({skill.lower() for skill in command.skills})
    technician = Technician(
        store_id=store_id,
        code=command.code,
        name=command.name,
        user=command.user,
        skills=skills,
        trade=trade_of(command.skills[0].lower()),
        grade=command.grade,
        counts_bp=command.counts_bp if command.counts_bp is not None else COUNTS_BP.get(command.grade, WHOLE_BP),
        certificates=[held.model_dump(mode="json") for held in command.certificates],
        version=1,
    )
    session.add(technician)
    await session.flush()
    return technician


async def change_grade(technician: Technician, command: ChangeGrade, session: AsyncSession) -> Technician:
    """Their hours count accordingly from now on."""
    technician.promote(command.grade, command.counts_bp)
    return await _changed(technician, session)


async def change_skills(technician: Technician, command: ChangeSkills, session: AsyncSession) -> Technician:
    """What they were given stays theirs."""
    skills = [skill.lower() for skill in command.skills]
    technician.learn(skills, skills[0])
    return await _changed(technician, session)


async def change_certificates(technician: Technician, command: ChangeCertificates, session: AsyncSession) -> Technician:
    """They count for what is begun from now on."""
    technician.certify([held.model_dump(mode="json") for held in command.certificates])
    await session.flush()
    return technician


async def leave_store(technician: Technician, command: Leave, session: AsyncSession) -> Technician:
    """Their shifts from that day on are called off.  Refused('technician_busy') while their clock runs on a day on which they
    have left."""
    technician.leave(command.left_on)
    if command.left_on is not None:
        running = select(Activity.id).where(Activity.user == technician.user, Activity.ended_at.is_(None))
        today = clock.day_in(stores()[technician.store_id].time_zone)
        if command.left_on <= today and await session.scalar(running):
            raise Refused("technician_busy", "The technician's clock runs.", technician=technician.code)
        of_theirs = select(Shift).filter_by(store_id=technician.store_id, technician=technician.code, called_off_at=None)
        coming = of_theirs.where(Shift.day >= command.left_on, Shift.ends_at > clock.now())
        for shift in await session.scalars(coming.order_by(Shift.id).with_for_update()):
            shift.call_off()
    return await _changed(technician, session)


async def _changed(technician: Technician, session: AsyncSession) -> Technician:
    await session.flush()
    await plan_soon(technician.store_id, session)
    return technician
