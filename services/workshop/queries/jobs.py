"""Jobs, and what hangs on one of them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, Inspection, Job, JobCheck, JobHand, JobPart, Technician, Vehicle
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.states import UNAUTHORISED
from shared.refusal import Unknown


def jobs(store_id: str | None, state: str | None, ro_id: UUID | None) -> Select[Job]:
    """The jobs of a store, in a state, of a repair order; whatever is left out is not asked for."""
    found = select(Job).where(Job.state != UNAUTHORISED)
    if store_id is not None:
        found = found.where(Job.store_id == store_id)
    if state is not None:
        found = found.where(Job.state == state)
    if ro_id is not None:
        found = found.where(Job.ro_id == ro_id)
    return found


async def job(job_id: UUID, session: AsyncSession) -> tuple[Job, Vehicle | None]:
    """One job and the car that it is done on, as far as the car was described; Unknown when there is no such job."""
    query = select(Job, Vehicle).outerjoin(Vehicle, Vehicle.id == Job.vehicle_id)
    row = (await session.execute(query.where(Job.id == job_id, Job.state != UNAUTHORISED))).one_or_none()
    if row is None:
        raise Unknown("job")
    found, vehicle = row
    return found, vehicle


async def assigned_user(job_id: UUID, session: AsyncSession) -> str | None:
    """Token subject of the technician that the job was given to; None before its dispatch."""
    same = and_(Technician.store_id == Job.store_id, Technician.code == Job.technician)
    return await session.scalar(select(Technician.user).join(Job, same).where(Job.id == job_id))


async def hand(job_id: UUID, user: str, session: AsyncSession) -> str | None:
    """The technician's code by which this user works on the job, as the one that it was given to or as a helper."""
    rows = select(Technician.code).join(Job, _works_on()).where(Job.id == job_id, Technician.user == user)
    return await session.scalar(rows.order_by((Technician.code == Job.technician).desc()).limit(1))


async def worker(job_id: UUID, user: str, session: AsyncSession) -> str | None:
    """The technician's code by which this user had their hands on the job: it was given to them, or their clock ran for it."""
    clocked = select(Activity.id).where(
        Activity.job_id == Job.id,
        Activity.technician == Technician.code,
        Activity.kind.in_(ON_JOBS),
        Activity.superseded_by.is_(None),
    )
    theirs = and_(Technician.store_id == Job.store_id, or_(Technician.code == Job.technician, clocked.exists()))
    rows = select(Technician.code).join(Job, theirs).where(Job.id == job_id, Technician.user == user)
    return await session.scalar(rows.order_by((Technician.code == Job.technician).desc()).limit(1))


async def works_on_order(ro_id: UUID, user: str, session: AsyncSession) -> bool:
    """Whether a job of the order was given to this user, or they help on one."""
    found = select(Job.id).join(Technician, _works_on()).where(Job.ro_id == ro_id, Technician.user == user)
    return await session.scalar(found.limit(1)) is not None


def _works_on() -> ColumnElement[bool]:
    """The job was given to the technician, or they help on it."""
    helps = select(JobHand.id).where(JobHand.job_id == Job.id, JobHand.technician == Technician.code, JobHand.left_at.is_(None))
    return and_(Technician.store_id == Job.store_id, or_(Technician.code == Job.technician, helps.exists()))


async def helpers(job_id: UUID, session: AsyncSession) -> Sequence[JobHand]:
    """Who helps, or helped, on the job, oldest first."""
    return (await session.scalars(select(JobHand).where(JobHand.job_id == job_id).order_by(JobHand.id))).all()


async def parts(job_id: UUID, session: AsyncSession) -> Sequence[JobPart]:
    """The part lines that the job needs."""
    needed = select(JobPart).where(JobPart.job_id == job_id, JobPart.needed)
    return (await session.scalars(needed.order_by(JobPart.id))).all()


async def activities(job_id: UUID, session: AsyncSession) -> Sequence[Activity]:
    """Who worked on the job, oldest first."""
    return (await session.scalars(select(Activity).where(Activity.job_id == job_id).order_by(Activity.id))).all()


async def checks(job_id: UUID, session: AsyncSession) -> Sequence[JobCheck]:
    """What was checked before the final inspections, and what the manager let go on, oldest first."""
    return (await session.scalars(select(JobCheck).where(JobCheck.job_id == job_id).order_by(JobCheck.id))).all()


async def inspections(job_id: UUID, session: AsyncSession) -> Sequence[Inspection]:
    """The job's quality checks, oldest first."""
    done = select(Inspection).where(Inspection.job_id == job_id)
    return (await session.scalars(done.order_by(Inspection.rework_no))).all()
