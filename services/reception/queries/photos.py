"""Finding photos."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Photo


async def photos_of(ro_id: UUID, session: AsyncSession) -> Sequence[Photo]:
    """The order's photos, oldest first."""
    return (await session.scalars(Photo.of_order(ro_id))).all()
