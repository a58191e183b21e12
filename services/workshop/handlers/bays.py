"""Keeping the store's bays."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.bays import AddBay
from services.workshop.domain import Bay
from services.workshop.handlers.capacity_plans import plan_soon
from shared.refusal import Refused


async def add_bay(store_id: str, command: AddBay, session: AsyncSession) -> Bay:
    """Refused('bay_code_taken') when the store has a bay of this code."""
    if await session.scalar(select(Bay.id).where(Bay.store_id == store_id, Bay.code == command.code)):
        raise Refused("bay_code_taken", "The store has a bay with this code.", bay=command.code)
    bay = Bay(store_id=store_id, code=command.code, kind=command.kind, version=1)
    session.add(bay)
    await session.flush()
    await plan_soon(store_id, session)
    return bay
