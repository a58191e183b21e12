"""What should be done next, and what was done instead."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.api.jobs import JobView
from services.workshop.commands.dispatching import AcceptProposal
from services.workshop.domain import Dispatch
from services.workshop.queries import dispatching as asked
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["dispatch"])


class ProposedView(View):
    """A job's place in the ranking; `technician` and `bay` are null where nobody can have it now, `why_not` says why:
    nobody_with_the_skill, nobody_certified, nobody_free, no_free_bay, no_tool (what it needs is out of order, policy `tools`).
    `begun_by` has begun it, and it needs a bay again; null: it is ready.  `predicted_at` is when it will be done, as its
    promise was last looked at.  `because` is the whole in a sentence, in English, `because_zh` the same in Chinese."""

    rank: int
    job_id: UUID
    version: int
    ro_no: str
    op_code: str
    promised_at: datetime
    slack_minutes: int
    predicted_at: datetime | None
    begun_by: str | None
    technician: str | None
    bay: str | None
    why_not: str | None
    because: str
    because_zh: str


class ProposalView(View):
    """All jobs of the store that are ready or need a bay to go on, best first."""

    store_id: str
    items: list[ProposedView]


class DispatchView(View):
    """A job that was given out before others or otherwise than proposed, taken from who had it, given to who had enough to do
    (`waiting_jobs` they had not begun), or into a bay that does not fit."""

    id: UUID
    job_id: UUID
    technician: str
    bay: str
    dispatched_by: str
    dispatched_at: datetime
    proposed_technician: str | None
    proposed_bay: str | None
    skipped: list[dict[str, Any]]
    taken_from: str | None
    waiting_jobs: int | None
    reason_code: str | None
    reason: str | None


class NotGivenView(View):
    """A pair that does not hold any more: `no_longer_ready`, `job_changed`, `proposed_otherwise` (to whom and where is told),
    or why nobody can have the job now."""

    job_id: UUID
    technician: str
    bay: str
    why: str
    proposed_technician: str | None
    proposed_bay: str | None


class GivenView(View):
    """The jobs that were given out, and the pairs that were not."""

    items: list[JobView]
    not_given: list[NotGivenView]


@router.get("/stores/{store_id}/dispatch-proposal", response_model=ProposalView)
async def read_proposal(store_id: StoreId, door: Annotated[Door, allows("workshop.read")]) -> ProposalView:
    """Which job next, by whom, where, and why."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        proposed = await handlers.proposal(store_id, session)
    items = [
        ProposedView(
            rank=each.rank,
            job_id=each.job.id,
            version=each.job.version,
            ro_no=each.job.ro_no,
            op_code=each.job.op_code,
            promised_at=each.job.promised_at,
            slack_minutes=each.slack_minutes,
            predicted_at=each.job.predicted_at,
            begun_by=each.job.begun_by,
            technician=each.technician,
            bay=each.bay,
            why_not=each.why_not,
            because=each.because,
            because_zh=each.because_zh,
        )
        for each in proposed
    ]
    return ProposalView(store_id=store_id, items=items)


@router.post("/stores/{store_id}/dispatch-proposal/acceptance", response_model=GivenView)
async def accept_proposal(
    store_id: StoreId, body: AcceptProposal, door: Annotated[Door, allows("workshop.dispatch")]
) -> Response:
    """Give out what was seen of the proposal, or the first jobs as proposed now; 422 `job_repeated`."""
    async with door.creating(store_id) as session:
        given, lost = await handlers.accept_proposal(store_id, body, session)
        view = GivenView(
            items=[JobView.model_validate(job) for job in given],
            not_given=[NotGivenView.model_validate(each) for each in lost],
        )
        return door.answer(200, view)


@router.get("/stores/{store_id}/overruled-dispatches", response_model=Listing[DispatchView])
async def list_overruled(store_id: StoreId, page: Paged, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """Newest first: which jobs were skipped, by whom and why."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.overruled(store_id), [Dispatch.id], page)
    return door.answer(200, Listing(items=[DispatchView.model_validate(row) for row in rows], next=following))
