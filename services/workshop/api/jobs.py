"""Jobs: reading them, and taking them from dispatch to the passed quality check."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop import handlers
from services.workshop.commands.jobs import CheckWork, Dispatch, Finish, Inspect, Interrupt, Pause
from services.workshop.domain import Job
from services.workshop.queries import holds
from services.workshop.queries import jobs as asked
from shared.fields import Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["jobs"])

JobState = Literal["waiting", "ready", "dispatched", "working", "paused", "finished", "failed", "completed", "cancelled"]
AsTechnician = Annotated[Door, allows("workshop.work")]


class JobView(View):
    """A job as it stands; `id` is the labour line's `ro_line_id`."""

    id: UUID
    store_id: str
    version: int
    state: JobState
    ro_id: UUID
    ro_no: str
    vehicle_id: UUID
    op_code: str
    skill: str
    concern_code: str | None
    flat_hours_milli: int | None
    promised_at: datetime
    technician: str | None
    bay: str | None
    hold_reason: str | None
    cause: str | None
    correction: str | None
    finished_by: str | None
    finished_at: datetime | None
    rework_no: int
    completed_at: datetime | None
    comeback_of: UUID | None


class PartView(View):
    """A part line of the job; `stage` is reserved, backordered or issued, null before parts spoke of it."""

    id: UUID
    part_no: str | None
    quantity_milli: int | None
    stage: str | None
    eta_at: datetime | None


class ActivityView(View):
    """A stretch of a technician's time on the job."""

    technician: str
    kind: str
    started_at: datetime
    ended_at: datetime | None
    ended_because: str | None


class InspectionView(View):
    """A quality check of the job."""

    rework_no: int
    result: str
    fault_code: str | None
    fault_cause: str | None
    fault_owner: str | None
    road_test_km: int | None
    remark: str | None
    inspector: str
    inspected_at: datetime


class CheckView(View):
    """A check before the final inspection: `level` is self, team, or release (the manager lets it go on)."""

    rework_no: int
    level: str
    checked_by: str
    checked_at: datetime
    remark: str | None


class ChecksView(View):
    """Who checked a job, oldest first; `rework_no` 0 is the first round of work."""

    checks: list[CheckView]
    inspections: list[InspectionView]


class VehicleView(View):
    """The car that the job is done on."""

    plate: str | None
    vin: str | None
    brand: str | None
    model: str | None


class HelperView(View):
    """Who helps, or helped, on the job; `share_bp` is the agreed share of its sold hours, null where the time decides."""

    technician: str
    share_bp: int | None
    joined_at: datetime
    left_at: datetime | None


class HoldView(View):
    """What the job, or its whole car, waited for: wait_parts, wait_advisor, wait_customer, sublet, lent_back; `about_id` is the
    part line, the supplement, the sublet work or the order.  `closed_at` null: it still does."""

    reason: str
    about_id: UUID
    opened_at: datetime
    closed_at: datetime | None


class JobDetail(View):
    """A job with everything that hangs on it."""

    job: JobView
    vehicle: VehicleView | None
    parts: list[PartView]
    helpers: list[HelperView]
    activities: list[ActivityView]
    inspections: list[InspectionView]
    holds: list[HoldView]


@router.get("/jobs", response_model=Listing[JobView])
async def list_jobs(
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    store_id: StoreId | None = None,
    state: JobState | None = None,
    ro_id: Id | None = None,
) -> Response:
    """Newest first."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.jobs(store_id, state, ro_id), [Job.id], page)
    return door.answer(200, Listing(items=[JobView.model_validate(row) for row in rows], next=following))


@router.get("/jobs/{job_id}", response_model=JobDetail)
async def read_job(job_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """One job with its car, parts, activities and quality checks."""
    async with door.reading() as session:
        job, vehicle = await asked.job(job_id, session)
        detail = JobDetail(
            job=JobView.model_validate(job),
            vehicle=VehicleView.model_validate(vehicle) if vehicle else None,
            parts=[PartView.model_validate(row) for row in await asked.parts(job_id, session)],
            helpers=[HelperView.model_validate(row) for row in await asked.helpers(job_id, session)],
            activities=[ActivityView.model_validate(row) for row in await asked.activities(job_id, session)],
            inspections=[InspectionView.model_validate(row) for row in await asked.inspections(job_id, session)],
            holds=[HoldView.model_validate(row) for row in await holds.holds_of(job, session)],
        )
    return door.answer(200, detail, version=job.version)


@router.get("/jobs/{job_id}/checks", response_model=ChecksView)
async def read_checks(job_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """By whom each round of work was checked and inspected."""
    async with door.reading() as session:
        job, _ = await asked.job(job_id, session)
        view = ChecksView(
            checks=[CheckView.model_validate(row) for row in await asked.checks(job_id, session)],
            inspections=[InspectionView.model_validate(row) for row in await asked.inspections(job_id, session)],
        )
    return door.answer(200, view, version=job.version)


@router.post("/jobs/{job_id}/dispatch", response_model=JobView)
async def dispatch(job_id: Id, body: Dispatch, door: Annotated[Door, allows("workshop.dispatch")]) -> Response:
    """409 `technician_lacks_skill`, `certificate_missing`, `bay_occupied`, `bay_out_of_order`, `left_the_store`,
    `car_not_here`, `illegal_transition`, `reason_needed`; 422 `unknown_reason`."""
    async with door.changing(Job, job_id) as session:
        answer = as_it_stands(door, await handlers.dispatch_job(job_id, body, session))
    return answer


@router.post("/jobs/{job_id}/start", response_model=JobView)
async def start(job_id: Id, door: AsTechnician) -> Response:
    """Only by a technician of the job.  409 `technician_busy`, `waits_for_parts`, `no_bay`, `certificate_missing`,
    `line_withdrawn`, `car_not_here`, `left_the_store`, `bay_out_of_order`, `tool_out_of_order`,
    `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        code = await _hand(door, job_id, session)
        answer = as_it_stands(door, await handlers.start_job(job_id, code, session))
    return answer


@router.post("/jobs/{job_id}/pause", response_model=JobView)
async def pause(job_id: Id, body: Pause, door: AsTechnician) -> Response:
    """Only by a technician of the job: their clock stops, and the job stands when nobody else works on it.  409
    `not_working_on_it`, `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        code = await _hand(door, job_id, session)
        answer = as_it_stands(door, await handlers.pause_job(job_id, body, code, session))
    return answer


@router.post("/jobs/{job_id}/interruption", response_model=JobView)
async def interrupt(job_id: Id, body: Interrupt, door: Annotated[Door, allows("workshop.stop_work")]) -> Response:
    """Pause the work of a technician who cannot do so; the job may then be dispatched anew.  409 `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        answer = as_it_stands(door, await handlers.pause_job(job_id, body, None, session))
    return answer


@router.post("/jobs/{job_id}/leaving-bay", response_model=JobView)
async def leave_bay(job_id: Id, door: Annotated[Door, allows("workshop.dispatch")]) -> Response:
    """The car of a job that stands makes room (下工位); the next dispatch gives it a bay again.  409 `no_bay`,
    `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        return as_it_stands(door, await handlers.leave_bay(job_id, session))


@router.post("/jobs/{job_id}/finish", response_model=JobView)
async def finish(job_id: Id, body: Finish, door: AsTechnician) -> Response:
    """Only by the technician that the job was given to.  409 `parts_not_issued`, `self_check_missing`, `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        door.must_own(await asked.assigned_user(job_id, session), "job")
        answer = as_it_stands(door, await handlers.finish_job(job_id, body, session))
    return answer


@router.post("/jobs/{job_id}/inspections", response_model=JobView)
async def inspect(job_id: Id, body: Inspect, door: Annotated[Door, allows("workshop.inspect")]) -> Response:
    """409 `inspector_worked_on_it`, `inspector_checked_it`, `team_check_missing`, `road_test_needed`, `after_note_missing`,
    `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        job = await handlers.inspect_job(job_id, body, door.caller.subject, session)
        answer = as_it_stands(door, job)
    return answer


async def _hand(door: Door, job_id: UUID, session: AsyncSession) -> str:
    """The code by which the caller works on the job; Unknown when they do not."""
    code = await asked.hand(job_id, door.caller.subject, session)
    if code is None:
        raise Unknown("job")
    return code


@router.post("/jobs/{job_id}/team-check", response_model=JobView)
async def check_work(job_id: Id, body: CheckWork, door: Annotated[Door, allows("workshop.check_work")]) -> Response:
    """By a technician who did not work on it (互检).  409 `worked_on_it`, `not_a_colleague`, `checked_already`,
    `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        return as_it_stands(door, await handlers.check_work(job_id, body, door.caller.subject, session))


@router.post("/jobs/{job_id}/quality-release", response_model=JobView)
async def release(job_id: Id, body: CheckWork, door: Annotated[Door, allows("workshop.release_rework")]) -> Response:
    """The manager lets a job go on that failed too often.  409 `nothing_to_release`, `checked_already`."""
    async with door.changing(Job, job_id) as session:
        return as_it_stands(door, await handlers.release(job_id, body, session))


def as_it_stands(door: Door, job: Job) -> Response:
    return door.answer(200, JobView.model_validate(job), version=job.version)
