"""Supplements over HTTP: what a technician or the inspection finds, and what the customer decided."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.supplements import ProposeSupplement
from services.workshop.domain import Job
from services.workshop.queries import jobs as jobs_asked
from services.workshop.queries import supplements as asked
from shared.fields import Id, View
from shared.refusal import Unknown
from shared.service import Door, allows

router = APIRouter(tags=["supplements"])


class SupplementView(View):
    """Additional work; `decisions` (line id -> approved, declined, deferred) is null until the customer has decided."""

    id: UUID
    store_id: str
    version: int
    ro_id: UUID
    job_id: UUID
    proposed_by: str | None
    lines: list[dict[str, Any]]
    proposed_at: datetime | None
    decisions: dict[str, Any] | None
    decided_at: datetime | None


class SupplementsView(View):
    """All supplements of a job."""

    items: list[SupplementView]


AsFinder = Annotated[Door, allows("workshop.propose_supplements")]


@router.post("/jobs/{job_id}/supplements", status_code=201, response_model=SupplementView)
async def propose_supplement(job_id: Id, body: ProposeSupplement, door: AsFinder) -> Response:
    """While it is worked on, by the technician that the job was given to or who worked on it; while it is finished, by an
    inspector, who may still inspect it.  409 `job_not_being_worked_on`, `inspector_worked_on_it`."""
    async with door.changing(Job, job_id) as session:
        job, user = await session.get_one(Job, job_id), door.caller.subject
        technician = await jobs_asked.worker(job_id, user, session)
        if technician is None and not door.also_may("workshop.inspect", job.store_id):
            raise Unknown("job")
        supplement = await handlers.propose_supplement(job_id, body, technician, user, session)
        view = SupplementView.model_validate(supplement)
        answer = door.answer(201, view, version=supplement.version, location=f"/jobs/{job_id}/supplements")
    return answer


@router.get("/jobs/{job_id}/supplements", response_model=SupplementsView)
async def read_supplements(job_id: Id, door: Annotated[Door, allows("workshop.read")]) -> SupplementsView:
    """Oldest first."""
    async with door.reading() as session:
        await jobs_asked.job(job_id, session)
        found = await asked.supplements_of(job_id, session)
    return SupplementsView(items=[SupplementView.model_validate(row) for row in found])
