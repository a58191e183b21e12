"""Technicians' clocks: coming, going, what is done in between, and clocks that were forgotten."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, Attendance, Clock, Job, Shift, Technician, Turn
from services.workshop.domain.clocks import FORGOTTEN, ON_JOBS, ClockTerms, Kind
from services.workshop.handlers import technicians
from shared import clock
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Refused, Unknown
from shared.settings import stores

AGAIN = timedelta(seconds=10)
"""When to look again at a forgotten clock that is being turned."""


async def clock_in(store_id: str, code: str, session: AsyncSession) -> Attendance:
    """The technician is at work from now on.  Refused: clocked_in, left_the_store."""
    clock_ = await clock_of(store_id, code, session)
    clock_.technician.refuse_gone(clock.day_in(stores()[store_id].time_zone))
    clock_.come(await closes_at(clock_.technician, session))
    return await _kept(clock_, session)


async def clock_out(store_id: str, code: str, session: AsyncSession) -> Attendance:
    """The technician goes; a job that nobody else works on stands.  Refused: not_clocked_in."""
    job, clock_ = await _job_and_clock(store_id, code, session)
    attendance = clock_.present
    if job is not None:
        await _stop(job, clock_, "end_of_shift", Turn(None), session)
    else:
        clock_.leave()
    return await _kept(clock_, session, attendance)


async def turn_to(store_id: str, code: str, kind: Kind, job_id: UUID | None, session: AsyncSession) -> Attendance:
    """The technician does something else; a job that nobody else works on stands.  Refused: not_clocked_in."""
    job, clock_ = await _job_and_clock(store_id, code, session)
    if job_id is not None and await session.get(Job, job_id) is None:
        raise Unknown("job")
    if job is not None:
        reason = kind if kind in ("break", "wait_parts", "wait_approval") else "other"
        await _stop(job, clock_, reason, Turn(kind), session)
    else:
        clock_.turn_to(kind, job_id)
    return await _kept(clock_, session)


async def announce_overtime(store_id: str, code: str, until_at: datetime, session: AsyncSession) -> Attendance:
    """The clock is not forgotten before `until_at`.  Refused: not_clocked_in, overtime_in_the_past."""
    clock_ = await clock_of(store_id, code, session)
    clock_.present.stay(until_at)
    return await _kept(clock_, session)


async def close_forgotten(attendance: Attendance, session: AsyncSession) -> None:
    """Nobody clocked out: the attendance ends with the shift, and a supervisor has to look at it.  Where the shift was made
    longer, or overtime announced, the clock runs on."""
    # Elsewhere jobs and technicians are locked before attendances: whoever turns this clock now goes first.
    technician = await session.scalar(
        select(Technician)
        .where(Technician.store_id == attendance.store_id, Technician.code == attendance.technician)
        .with_for_update(skip_locked=True)
    )
    if technician is None:
        attendance.closes_at = clock.now() + AGAIN
        return
    later = await closes_at(technician, session, attendance)
    if later > clock.now():
        attendance.closes_at = later
        attendance.version += 1
        return
    clock_, gone_at = await read_clock(technician, session), await _meant_to_go_at(attendance, session) or later
    if clock_.on_job is None:
        clock_.leave(FORGOTTEN, gone_at)
    elif job := await _free(clock_.on_job, session):
        await _stop(job, clock_, FORGOTTEN, Turn(None, gone_at), session)
    else:
        attendance.closes_at = clock.now() + AGAIN


async def clock_of(store_id: str, code: str, session: AsyncSession) -> Clock:
    """A technician's clock as it stands; the technician is locked: one request after the other turns it.  Unknown.
    Refused('clocked_in_elsewhere')."""
    technician = await technicians.locked(store_id, code, session)
    if technician is None:
        raise Unknown("technician")
    clock_ = await read_clock(technician, session)
    clock_.refuse_elsewhere()
    return clock_


async def read_clock(technician: Technician, session: AsyncSession) -> Clock:
    """The clock of a technician who is locked already."""
    attendance = await session.scalar(
        select(Attendance).where(Attendance.user == technician.user, Attendance.left_at.is_(None))
    )
    running = await session.scalar(select(Activity).where(Activity.user == technician.user, Activity.ended_at.is_(None)))
    return Clock(technician, attendance, running)


async def clocks_on(job: Job, session: AsyncSession) -> list[Clock]:
    """The clocks that run for a job, their technicians locked in the order of keys."""
    return (await clocks_on_each([job], session))[job.id]


async def clocks_on_each(jobs: Sequence[Job], session: AsyncSession) -> dict[UUID, list[Clock]]:
    """By job, the clocks that run for jobs of one order, all their technicians locked in the order of keys."""
    found: dict[UUID, list[Clock]] = {job.id: [] for job in jobs}
    if not jobs:
        return found
    hands = await session.scalars(_at_work_on(jobs).with_for_update())
    for technician in hands.all():
        clock_ = await read_clock(technician, session)
        if clock_.on_job in found:
            found[clock_.on_job].append(clock_)
    return found


async def keep(clocks: Sequence[Clock], session: AsyncSession) -> None:
    """The rows that the clocks brought: attendances before the activities in them."""
    made = [row for each in clocks for row in each.made]
    for kind in (Attendance, Activity):
        session.add_all(row for row in made if isinstance(row, kind))
        await session.flush()


async def closes_at(technician: Technician, session: AsyncSession, attendance: Attendance | None = None) -> datetime:
    """When the clock of who is at work counts as forgotten: some minutes after the shift, without one at the end of the store's
    day, never before announced overtime is over."""
    terms = await terms_in_force(ClockTerms, technician.store_id, session)
    came_at = attendance.came_at if attendance else clock.now()
    overtime = attendance.overtime_until_at if attendance else None
    grace = timedelta(minutes=terms.grace_minutes)
    if ends_at := await _shift_end(technician.store_id, technician.code, came_at, session):
        return max(ends_at + grace, overtime or came_at)
    zone = stores()[technician.store_id].time_zone
    return max(clock.midnight_in(zone, clock.day_in(zone, came_at) + timedelta(days=1)), overtime or came_at)


async def _meant_to_go_at(attendance: Attendance, session: AsyncSession) -> datetime | None:
    """The end of the shift or of announced overtime; None where there was neither."""
    ends_at = await _shift_end(attendance.store_id, attendance.technician, attendance.came_at, session)
    known = [moment for moment in (ends_at, attendance.overtime_until_at) if moment is not None]
    return max(known, default=None)


async def _shift_end(store_id: str, code: str, came_at: datetime, session: AsyncSession) -> datetime | None:
    """Of the last of the shifts that lie within half a day of coming and are not over then."""
    return await session.scalar(
        select(func.max(Shift.ends_at)).where(
            Shift.store_id == store_id,
            Shift.technician == code,
            Shift.called_off_at.is_(None),
            Shift.ends_at > came_at,
            Shift.begins_at < came_at + timedelta(hours=12),
        )
    )


async def _job_and_clock(store_id: str, code: str, session: AsyncSession) -> tuple[Job | None, Clock]:
    """The job that the technician works on and their clock, locked in this order: the look before the locks is only to know
    which job to lock."""
    running = select(Activity.job_id).join(Technician, Technician.user == Activity.user)
    job_id = await session.scalar(
        running.where(
            Technician.store_id == store_id,
            Technician.code == code,
            Activity.ended_at.is_(None),
            Activity.kind.in_(ON_JOBS),
        )
    )
    job = await session.get(Job, job_id, with_for_update=True) if job_id else None
    if job is not None:
        await session.execute(_at_work_on([job], code).with_for_update())
    clock_ = await clock_of(store_id, code, session)
    if clock_.on_job != job_id:
        raise Refused("clock_turned", "The technician's clock was turned meanwhile; look again.")
    return job, clock_


async def _free(job_id: UUID, session: AsyncSession) -> Job | None:
    """The job, locked with all who work on it, unless anybody holds any of them now: due work waits for nobody."""
    job = await session.get(Job, job_id, with_for_update={"skip_locked": True})
    if job is None:
        return None
    hands = (await session.scalars(_at_work_on([job]))).all()
    free = await session.scalars(_at_work_on([job]).with_for_update(skip_locked=True))
    return job if len(free.all()) == len(hands) else None


def _at_work_on(jobs: Sequence[Job], code: str | None = None) -> Select[Technician]:
    """Whose clock runs for one of these jobs of one store, and who has this code, in the order in which they are locked."""
    running = select(Activity.technician).where(
        Activity.job_id.in_([job.id for job in jobs]), Activity.kind.in_(ON_JOBS), Activity.ended_at.is_(None)
    )
    theirs = Technician.code.in_(running) | (Technician.code == code)
    return select(Technician).where(Technician.store_id == jobs[0].store_id, theirs).order_by(Technician.id)


async def _stop(job: Job, clock_: Clock, reason: str, to: Turn, session: AsyncSession) -> None:
    others = [each for each in await clocks_on(job, session) if each.technician.user != clock_.technician.user]
    announce(session, *job.pause([clock_, *others], reason, clock_.technician.code, to=to))


async def _kept(clock_: Clock, session: AsyncSession, attendance: Attendance | None = None) -> Attendance:
    await keep([clock_], session)
    return attendance or clock_.present
