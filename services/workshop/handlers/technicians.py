"""Keeping the store's technicians."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.technicians import AddTechnician
from services.workshop.domain import Technician
from services.workshop.domain.technicians import COUNTS_BP, trade_of
from shared.refusal import Refused


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
        counts_bp=command.counts_bp if command.counts_bp is not None else COUNTS_BP.get(command.grade, 10_000),
        certificates=[held.model_dump(mode="json") for held in command.certificates],
        version=1,
    )
    session.add(technician)
    await session.flush()
    return technician
