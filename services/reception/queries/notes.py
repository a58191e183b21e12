"""Which notes the workshop wrote on an order."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import RepairOrder, WorkshopNote


async def notes_of(ro_id: UUID, session: AsyncSession) -> tuple[RepairOrder, Sequence[WorkshopNote]]:
    """The order with its notes, oldest first; NoResultFound when there is no such order for the caller."""
    order = await session.get_one(RepairOrder, ro_id)
    return order, (await session.scalars(WorkshopNote.of_order(ro_id))).all()


async def unread_notes(ro_id: UUID, session: AsyncSession) -> int:
    """How many nobody has read."""
    return (await session.scalars(WorkshopNote.unread(ro_id))).one()
