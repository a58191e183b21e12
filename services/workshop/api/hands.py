"""Who helps on a job."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.workshop import handlers
from services.workshop.api.jobs import JobView, as_it_stands
from services.workshop.commands.clocks import AddHand
from services.workshop.domain import Job
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["jobs"])
Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


@router.post("/jobs/{job_id}/helpers", response_model=JobView)
async def add_helper(job_id: Id, body: AddHand, door: Annotated[Door, allows("workshop.dispatch")]) -> Response:
    """One more technician on the job.  409 `technician_lacks_skill`, `works_on_it`, `shares_above_whole`,
    `illegal_transition`."""
    async with door.changing(Job, job_id) as session:
        return as_it_stands(door, await handlers.add_hand(job_id, body, session))


@router.post("/jobs/{job_id}/helpers/{technician}/release", response_model=JobView)
async def release_helper(job_id: Id, technician: Code, door: Annotated[Door, allows("workshop.dispatch")]) -> Response:
    """The helper is needed no longer.  409 `technician_busy` while their clock runs for the job."""
    async with door.changing(Job, job_id) as session:
        return as_it_stands(door, await handlers.release_hand(job_id, technician, session))
