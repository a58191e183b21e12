"""Keeping the store's technicians."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands import AddTechnician
from services.workshop.domain import Technician
from shared.refusal import Refused


async def add_technician(store_id: str, command: AddTechnician, session: AsyncSession) -> Technician:
    """Refused('technician_known') when the store has a technician with this code or this user."""
    same = or_(Technician.code == command.code, Technician.user == command.user)
    if known := await session.scalar(select(Technician.code).where(Technician.store_id == store_id, same)):
        raise Refused("technician_known", "The store has a technician with this code or user.", technician=known)
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
