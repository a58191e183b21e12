"""Who is there, and which bays can be used, at a moment."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Absence, Attendance, Bay, Job, Outage, Shift, Technician
from services.workshop.domain.states import IN_A_BAY
from shared import clock
from shared.settings import stores


async def there(store_id: str, at: datetime, session: AsyncSession) -> Sequence[Technician]:
    """The technicians who are clocked in, or rostered now and not absent; everybody who has not left where nobody is rostered
    that day.  By code."""
    today = clock.day_in(stores()[store_id].time_zone, at)
    of_technician = and_(Shift.store_id == Technician.store_id, Shift.technician == Technician.code)
    stands = Shift.called_off_at.is_(None)
    rostered = select(Shift.id).where(of_technician, stands, Shift.begins_at <= at, Shift.ends_at > at)
    anybody = select(Shift.id).where(Shift.store_id == store_id, stands, Shift.day == today)
    away = select(Absence.id).where(
        Absence.store_id == Technician.store_id,
        Absence.technician == Technician.code,
        Absence.withdrawn_at.is_(None),
        Absence.from_at <= at,
        Absence.until_at > at,
    )
    clocked_in = select(Attendance.id).where(
        Attendance.store_id == Technician.store_id, Attendance.technician == Technician.code, Attendance.left_at.is_(None)
    )
    found = select(Technician).where(
        Technician.store_id == store_id,
        or_(Technician.left_on.is_(None), Technician.left_on > today),
        or_(clocked_in.exists(), and_(~away.exists(), or_(rostered.exists(), ~anybody.exists()))),
    )
    return (await session.scalars(found.order_by(Technician.code))).all()


async def usable_bays(store_id: str, at: datetime, session: AsyncSession) -> Sequence[Bay]:
    """The bays in order in which no car stands, by code."""
    occupied = select(Job.id).where(Job.store_id == Bay.store_id, Job.bay == Bay.code, Job.state.in_(IN_A_BAY))
    down = select(Outage.id).where(
        Outage.store_id == Bay.store_id, Outage.bay == Bay.code, Outage.ended_at.is_(None), Outage.from_at <= at
    )
    found = select(Bay).where(Bay.store_id == store_id, ~occupied.exists(), ~down.exists())
    return (await session.scalars(found.order_by(Bay.code))).all()
