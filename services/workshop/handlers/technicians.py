"""Keeping the store's technicians."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands import AddTechnician
from services.workshop.domain import Technician
from shared.refusal import Refused


async def add_technician(store_id: str, command: AddTechnician, session: AsyncSession) -> Technician:
    """Refused('technician_code_taken') when the store has a technician of this code."""
    if await session.scalar(select(Technician.id).where(Technician.store_id == store_id, Technician.code == command.code)):
        raise Refused("technician_code_taken", "The store has a technician with this code.", technician=command.code)
    technician = Technician(
        store_id=store_id,
        code=command.code,
        name=command.name,
        user=command.user,
        skills=sorted({skill.lower() for skill in command.skills}),
        version=1,
    )
    session.add(technician)
    await session.flush()
    return technician
