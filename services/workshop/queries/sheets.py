"""Inspection sheets, what was found, and what of it was proposed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Finding, FindingProposal, Sheet, SheetPhoto


def sheets(store_id: str | None, ro_id: UUID | None, vehicle_id: UUID | None) -> Select[Sheet]:
    """Of a store, of a repair order, of a car; whatever is left out is not asked for."""
    found = select(Sheet)
    if store_id is not None:
        found = found.where(Sheet.store_id == store_id)
    if ro_id is not None:
        found = found.where(Sheet.ro_id == ro_id)
    if vehicle_id is not None:
        found = found.where(Sheet.vehicle_id == vehicle_id)
    return found


async def findings_of(sheet_id: UUID, session: AsyncSession) -> list[tuple[Finding, UUID | None]]:
    """What was found, each with the supplement that it was proposed in; nothing before the sheet is completed."""
    proposed = select(Finding, FindingProposal.supplement_id).outerjoin(
        FindingProposal, FindingProposal.finding_id == Finding.id
    )
    rows = await session.execute(proposed.where(Finding.sheet_id == sheet_id).order_by(Finding.id))
    return [(finding, supplement_id) for finding, supplement_id in rows]


async def photos_of(sheet_id: UUID, session: AsyncSession) -> Sequence[SheetPhoto]:
    """Oldest first."""
    return (await session.scalars(select(SheetPhoto).where(SheetPhoto.sheet_id == sheet_id).order_by(SheetPhoto.id))).all()
