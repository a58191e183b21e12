"""The board: everything that one store's workshop has to do, by promised time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Activity, Bay, Job, JobPart, Technician, Vehicle
from services.workshop.domain.clocks import ON_JOBS
from services.workshop.domain.states import IN_A_BAY, ON_THE_BOARD

MOST_JOBS = 500


@dataclass(frozen=True, slots=True)
class BoardLine:
    """A job on the board; `parts_eta_at` is when the last of its missing parts is expected, if that is known."""

    job: Job
    plate: str | None
    model: str | None
    parts_missing: int
    parts_eta_at: datetime | None


_MISSING = and_(JobPart.job_id == Job.id, JobPart.needed, func.coalesce(JobPart.stage, "backordered") == "backordered")


async def lines(store_id: str, session: AsyncSession) -> list[BoardLine]:
    """The store's unfinished jobs, the most urgent 500 first by promised time."""
    rows = await session.execute(
        select(Job, Vehicle.plate, Vehicle.model, func.count(JobPart.id), func.max(JobPart.eta_at))
        .outerjoin(Vehicle, Vehicle.id == Job.vehicle_id)
        .outerjoin(JobPart, _MISSING)
        .where(Job.store_id == store_id, Job.state.in_(ON_THE_BOARD))
        .group_by(Job.id, Vehicle.id)
        .order_by(Job.promised_at, Job.id)
        .limit(MOST_JOBS)
    )
    return [BoardLine(*row) for row in rows]


async def cars(store_id: str, session: AsyncSession) -> tuple[int, int]:
    """How many cars have unfinished jobs in the store, and how many of these lack parts."""
    lacking = select(JobPart.id).where(_MISSING).exists()
    counted = select(func.count(Job.ro_id.distinct()), func.count(Job.ro_id.distinct()).filter(lacking))
    everything, waiting = (await session.execute(counted.where(Job.store_id == store_id, Job.state.in_(ON_THE_BOARD)))).one()
    return everything, waiting


async def technicians(store_id: str, session: AsyncSession) -> Sequence[Technician]:
    """The store's technicians by code."""
    return (await session.scalars(select(Technician).where(Technician.store_id == store_id).order_by(Technician.code))).all()


async def bays(store_id: str, session: AsyncSession) -> Sequence[Bay]:
    """The store's bays by code."""
    return (await session.scalars(select(Bay).where(Bay.store_id == store_id).order_by(Bay.code))).all()


async def occupants(store_id: str, session: AsyncSession) -> dict[str, UUID]:
    """The job that stands in each occupied bay, by bay code."""
    rows = await session.execute(select(Job.bay, Job.id).where(Job.store_id == store_id, Job.state.in_(IN_A_BAY)))
    return {bay: job_id for bay, job_id in rows if bay is not None}


async def clocked_on(store_id: str, session: AsyncSession) -> dict[str, UUID]:
    """The job that each busy technician works on, by technician code."""
    running = select(Activity.technician, Activity.job_id)
    on_jobs = Activity.kind.in_(ON_JOBS)
    rows = await session.execute(running.where(Activity.store_id == store_id, Activity.ended_at.is_(None), on_jobs))
    return {technician: job_id for technician, job_id in rows if job_id is not None}
