"""Who is meant to be at work when."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Absence, Shift, Technician
from shared.settings import stores


def shifts(store_id: str, technician: str | None, from_on: date | None, until_on: date | None) -> Select[Shift]:
    """Shifts of a store, those called off too; whatever is left out is not asked for."""
    found = select(Shift).where(Shift.store_id == store_id)
    if technician is not None:
        found = found.where(Shift.technician == technician)
    if from_on is not None:
        found = found.where(Shift.day >= from_on)
    if until_on is not None:
        found = found.where(Shift.day <= until_on)
    return found


def absences(store_id: str, technician: str | None, from_on: date | None, until_on: date | None) -> Select[Absence]:
    """Absences that touch these days of the store, those withdrawn too."""
    zone = ZoneInfo(stores()[store_id].time_zone)
    found = select(Absence).where(Absence.store_id == store_id)
    if technician is not None:
        found = found.where(Absence.technician == technician)
    if from_on is not None:
        found = found.where(Absence.until_at > datetime(from_on.year, from_on.month, from_on.day, tzinfo=zone))
    if until_on is not None:
        after = until_on + timedelta(days=1)
        found = found.where(Absence.from_at < datetime(after.year, after.month, after.day, tzinfo=zone))
    return found


async def rostered(store_id: str, at: datetime, session: AsyncSession) -> Sequence[Technician]:
    """The technicians whose shift covers the moment and who are not absent then, by code."""
    works = and_(Shift.store_id == Technician.store_id, Shift.technician == Technician.code)
    meant = select(Shift.id).where(works, Shift.called_off_at.is_(None), Shift.begins_at <= at, Shift.ends_at > at)
    away = select(Absence.id).where(
        Absence.store_id == Technician.store_id,
        Absence.technician == Technician.code,
        Absence.withdrawn_at.is_(None),
        Absence.from_at <= at,
        Absence.until_at > at,
    )
    there = select(Technician).where(Technician.store_id == store_id, meant.exists(), ~away.exists())
    return (await session.scalars(there.order_by(Technician.code))).all()


async def shift_end(store_id: str, technician: str, at: datetime, session: AsyncSession) -> datetime | None:
    """When the shift ends that covers the moment; None: there is none."""
    return await session.scalar(
        select(func.max(Shift.ends_at)).where(
            Shift.store_id == store_id,
            Shift.technician == technician,
            Shift.called_off_at.is_(None),
            Shift.begins_at <= at,
            Shift.ends_at > at,
        )
    )
