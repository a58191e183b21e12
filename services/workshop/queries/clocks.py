"""Who is, or was, at work, and what they did."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, Attendance, ClockCorrection, Technician
from shared import clock
from shared.refusal import Unknown
from shared.settings import stores


async def user_of(store_id: str, code: str, session: AsyncSession) -> str | None:
    """Token subject of a technician of the store."""
    return await session.scalar(select(Technician.user).where(Technician.store_id == store_id, Technician.code == code))


def attendances(store_id: str, day: date | None, technician: str | None, *, flagged: bool | None = None) -> Select[Attendance]:
    """Attendances that touch a day of the store, of a technician, waiting for a supervisor; whatever is left out is not asked
    for."""
    found = select(Attendance).where(Attendance.store_id == store_id)
    if day is not None:
        zone = stores()[store_id].time_zone
        begins, ends = clock.midnight_in(zone, day), clock.midnight_in(zone, day + timedelta(days=1))
        found = found.where(
            Attendance.came_at < ends,
            Attendance.came_at > begins - timedelta(days=2),
            (Attendance.left_at > begins) | Attendance.left_at.is_(None),
        )
    if technician is not None:
        found = found.where(Attendance.technician == technician)
    if flagged is not None:
        found = found.where(Attendance.flagged.is_(flagged))
    return found


async def day(store_id: str, day: date, technician: str, session: AsyncSession) -> Sequence[Attendance]:
    """A technician's attendances of a day, oldest first."""
    return (await session.scalars(attendances(store_id, day, technician).order_by(Attendance.came_at))).all()


async def attendance(attendance_id: UUID, session: AsyncSession) -> Attendance:
    """Unknown when there is none."""
    found = await session.get(Attendance, attendance_id)
    if found is None:
        raise Unknown("attendance")
    return found


async def activities(attendance_ids: Sequence[UUID], session: AsyncSession) -> Sequence[Activity]:
    """All activities of these attendances, the corrected ones too, oldest first."""
    rows = select(Activity).where(Activity.attendance_id.in_(attendance_ids))
    return (await session.scalars(rows.order_by(Activity.started_at, Activity.id))).all()


async def corrections(attendance_id: UUID, session: AsyncSession) -> Sequence[ClockCorrection]:
    """Oldest first."""
    rows = select(ClockCorrection).where(ClockCorrection.attendance_id == attendance_id)
    return (await session.scalars(rows.order_by(ClockCorrection.id))).all()
