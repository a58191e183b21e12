"""Correcting clocks.  The door has locked the attendance."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.clocks import CorrectAttendance, SplitActivity
from services.workshop.domain import Activity, Attendance, AuthorisedOrder, CertificateTerms, Inspection, Job, Technician
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.corrections import ToldStretch, as_counted, booked, correct, replace, split
from services.workshop.domain.states import UNAUTHORISED
from services.workshop.domain.stretches import Stretch
from shared import clock
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Invalid, Refused, Unknown
from shared.settings import stores


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
    jobs = await _locked_jobs(counted, told, session)
    await _refuse_what_no_clock_would_run_for(attendance, jobs, booked(counted, told), session)
    session.add(correction)
    await session.flush()
    made = replace(attendance, counted, told, correction)
    session.add_all(made)
    if made:
        announce(session, *(job.labour_corrected(correction.id, attendance.technician, counted, made) for job in jobs))
    await session.flush()
    return attendance


async def _locked_jobs(counted: Sequence[Activity], told: Sequence[ToldStretch], session: AsyncSession) -> Sequence[Job]:
    """All that were, or are, worked on; nobody inspects one of them meanwhile."""
    named = {each.on_job for each in counted} | {each.job_id for each in told if each.kind in ON_JOBS}
    rows = select(Job).where(Job.id.in_(named - {None})).order_by(Job.id).with_for_update()
    return (await session.scalars(rows)).all()


async def _counted(attendance: Attendance, session: AsyncSession) -> Sequence[Activity]:
    rows = await session.scalars(
        select(Activity)
        .where(Activity.attendance_id == attendance.id, Activity.superseded_by.is_(None))
        .order_by(Activity.started_at, Activity.id)
    )
    return rows.all()


async def _refuse_unknown_jobs(attendance: Attendance, told: Sequence[ToldStretch], session: AsyncSession) -> None:
    named = {stretch.job_id for stretch in told} - {None}
    of_store = select(Job.id).where(Job.id.in_(named), Job.store_id == attendance.store_id, Job.state != UNAUTHORISED)
    known = set(await session.scalars(of_store))
    if named - known:
        raise Invalid("body.activities", "unknown_job", "The store has no such job.")


async def _refuse_what_no_clock_would_run_for(
    attendance: Attendance, jobs: Sequence[Job], work: Mapping[UUID, Sequence[Stretch]], session: AsyncSession
) -> None:
    """Work that was clocked by nobody is booked by the rules of who clocks on.  Refused: line_withdrawn, car_not_here,
    certificate_missing, inspector_worked_on_it."""
    if not work:
        return
    found = select(Technician).where(Technician.store_id == attendance.store_id, Technician.code == attendance.technician)
    technician, zone = (await session.scalars(found)).one(), stores()[attendance.store_id].time_zone
    for job in (job for job in jobs if job.id in work):
        job.refuse_told_work(await session.get_one(AuthorisedOrder, job.ro_id), work[job.id])
        for began, _ in work[job.id]:
            terms = await terms_in_force(CertificateTerms, job.store_id, session, began)
            terms.refuse_uncertified(technician, job.skill, job.op_code, clock.day_in(zone, began))
    theirs = select(Inspection.id).where(Inspection.job_id.in_(work), Inspection.inspector == attendance.user)
    if await session.scalar(theirs.limit(1)):
        raise Refused("inspector_worked_on_it", "The technician inspected this job: somebody else worked on it.")


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
