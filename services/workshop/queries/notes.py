"""What was written for the front desk."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import AuthorisedOrder, Note


async def notes_of(ro_id: UUID, session: AsyncSession) -> Sequence[Note]:
    """The order's notes, oldest first; NoResultFound when there is no such order for the caller."""
    await session.get_one(AuthorisedOrder, ro_id)
    return (await session.scalars(select(Note).where(Note.ro_id == ro_id).order_by(Note.id))).all()
