"""Reading walk-around sheets."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import DisputeNote, WalkAroundSheet


async def sheets_of(ro_id: UUID, session: AsyncSession) -> Sequence[WalkAroundSheet]:
    """The order's sheets, newest first."""
    return (await session.scalars(WalkAroundSheet.of_order(ro_id))).all()


async def dispute_notes_of(ro_id: UUID, session: AsyncSession) -> Sequence[DisputeNote]:
    """What the customer did not agree with, oldest first."""
    return (await session.scalars(DisputeNote.of_order(ro_id))).all()
