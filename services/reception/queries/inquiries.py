"""Reading inquiry sheets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Inquiry


async def inquiries_of(ro_id: UUID, session: AsyncSession) -> Sequence[Inquiry]:
    """The order's versions, newest first."""
    return (await session.scalars(Inquiry.of_order(ro_id))).all()
