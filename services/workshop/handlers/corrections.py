"""Correcting clocks.  The door has locked the attendance."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.clocks import CorrectAttendance, SplitActivity
from services.workshop.domain import Activity, Attendance, Job
from services.workshop.domain.corrections import ToldStretch, as_counted, correct, replace, split
from shared.refusal import Invalid, Refused, Unknown


async def correct_attendance(attendance_id: UUID, command: CorrectAttendance, by: str, session: AsyncSession) -> Attendance:
    """It was so, and not as the clock says; or (nothing told) just as the clock says.  Invalid: unknown_job, overlaps."""
    attendance = await session.get_one(Attendance, attendance_id)
    counted = await _counted(attendance, session)
    if command.activities is None:
        told = as_counted(counted)
    else:
        told = [ToldStretch(each.kind, each.job_id, each.started_at, each.ended_at) for each in command.activities]
    await _refuse_unknown_jobs(attendance, told, session)
    await _refuse_overlap(attendance, told, session)
    return await _corrected(attendance, counted, told, by, command.reason, session)


async def split_activity(
    attendance_id: UUID, activity_id: UUID, command: SplitActivity, by: str, session: AsyncSession
) -> Attendance:
    """Time on one job was time on several of the same car.  Invalid: another_car, shares_not_whole.  Refused:
    nothing_to_split."""
    attendance = await session.get_one(Attendance, attendance_id)
    counted = await _counted(attendance, session)
    activity = next((each for each in counted if each.id == activity_id), None)
    if activity is None:
        raise Unknown("activity")
    parts = split(activity, [(share.job_id, share.share_bp) for share in command.shares])
    orders = set(await session.scalars(select(Job.ro_id).where(Job.id.in_([activity.job_id, *(p.job_id for p in parts)]))))
    found = set(await session.scalars(select(Job.id).where(Job.id.in_([part.job_id for part in parts]))))
    if len(orders) != 1 or found != {part.job_id for part in parts}:
        raise Invalid("body.shares", "another_car", "The jobs must be of the same repair order.")
    told = [part for each in counted for part in (parts if each is activity else as_counted([each]))]
    return await _corrected(attendance, counted, told, by, command.reason, session)


async def _corrected(
    attendance: Attendance,
    counted: Sequence[Activity],
    told: Sequence[ToldStretch],
    by: str,
    reason: str,
    session: AsyncSession,
) -> Attendance:
    correction = correct(attendance, counted, told, by, reason)
    session.add(correction)
    await session.flush()
    session.add_all(replace(attendance, counted, told, correction))
    await session.flush()
    return attendance


async def _counted(attendance: Attendance, session: AsyncSession) -> Sequence[Activity]:
    rows = await session.scalars(
        select(Activity)
        .where(Activity.attendance_id == attendance.id, Activity.superseded_by.is_(None))
        .order_by(Activity.started_at, Activity.id)
    )
    return rows.all()


async def _refuse_unknown_jobs(attendance: Attendance, told: Sequence[ToldStretch], session: AsyncSession) -> None:
    named = {stretch.job_id for stretch in told} - {None}
    known = set(await session.scalars(select(Job.id).where(Job.id.in_(named), Job.store_id == attendance.store_id)))
    if named - known:
        raise Invalid("body.activities", "unknown_job", "The store has no such job.")


async def _refuse_overlap(attendance: Attendance, told: Sequence[ToldStretch], session: AsyncSession) -> None:
    if not told:
        raise Refused("still_at_work", "There is nothing to correct yet.")
    beside = await session.scalar(
        select(Attendance.id).where(
            Attendance.user == attendance.user,
            Attendance.id != attendance.id,
            Attendance.came_at < told[-1].ended_at,
            (Attendance.left_at > told[0].started_at) | Attendance.left_at.is_(None),
        )
    )
    if beside is not None:
        raise Invalid("body.activities", "overlaps", "The technician was at work otherwise then.")
