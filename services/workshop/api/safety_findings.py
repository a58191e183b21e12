"""What rounds found, over HTTP: who puts it right by when, that it was done, and that somebody else looked."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.safety_findings import AssignFinding, ReopenFinding, ResolveFinding, VerifyFinding
from services.workshop.domain import SafetyFinding
from services.workshop.queries import rounds as asked
from shared.fields import Id, ShortText, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["safety findings"])
Checker = Annotated[Door, allows("workshop.verify_findings")]


class SafetyFindingView(View):
    """A finding; `overdue`: it is open, and its day is over in the store."""

    id: UUID
    store_id: str
    version: int
    round_id: UUID
    checklist: str
    kind: str
    item: str
    severity: str
    remark: str | None
    to_do: str
    owner: str
    due_on: date
    state: str
    overdue: bool
    reopened: int
    opened_at: datetime
    resolved_by: str | None
    resolved_at: datetime | None
    verified_by: str | None
    verified_at: datetime | None


class FindingStepView(View):
    """What somebody did about it; `owner` and `due_on` as they were after that."""

    step: str
    words: str | None
    owner: str
    due_on: date
    taken_by: str
    taken_at: datetime


class SafetyFindingDetail(SafetyFindingView):
    """With the steps of its follow-up, oldest first."""

    steps: list[FindingStepView]


@router.get("/safety-findings", response_model=Listing[SafetyFindingView])
async def list_findings(
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    store_id: StoreId | None = None,
    state: Literal["open", "resolved", "verified"] | None = None,
    owner: Annotated[ShortText | None, Query()] = None,
    round_id: Id | None = None,
    overdue: bool | None = None,
) -> Response:
    """Newest first."""
    async with door.reading() as session:
        found = asked.findings(store_id, state, owner, round_id, overdue)
        rows, following = await page_of(session, found, [SafetyFinding.id], page)
    return door.answer(200, Listing(items=[SafetyFindingView.model_validate(row) for row in rows], next=following))


@router.get("/safety-findings/{finding_id}", response_model=SafetyFindingDetail)
async def read_finding(finding_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """With its follow-up."""
    async with door.reading() as session:
        found, steps = await asked.finding(finding_id, session)
    taken = [FindingStepView.model_validate(step) for step in steps]
    detail = SafetyFindingDetail(**SafetyFindingView.model_validate(found).model_dump(), steps=taken)
    return door.answer(200, detail, version=found.version)


@router.post("/safety-findings/{finding_id}/assignment", response_model=SafetyFindingView)
async def assign_finding(
    finding_id: Id, body: AssignFinding, door: Annotated[Door, allows("workshop.assign_findings")]
) -> Response:
    """Somebody else, or by another day.  409 `illegal_transition` unless it is open."""
    async with door.changing(SafetyFinding, finding_id) as session:
        found = await handlers.assign_finding(await session.get_one(SafetyFinding, finding_id), body, session)
        return _answered(door, found)


@router.post("/safety-findings/{finding_id}/resolution", response_model=SafetyFindingView)
async def resolve_finding(
    finding_id: Id, body: ResolveFinding, door: Annotated[Door, allows("workshop.resolve_findings")]
) -> Response:
    """By its owner, or who may give it to others.  409 `somebody_else_answers`, `illegal_transition`."""
    async with door.changing(SafetyFinding, finding_id) as session:
        found = await session.get_one(SafetyFinding, finding_id)
        manages = door.also_may("workshop.assign_findings", found.store_id)
        await handlers.resolve_finding(found, body, door.caller.subject, session, manages=manages)
        return _answered(door, found)


@router.post("/safety-findings/{finding_id}/verification", response_model=SafetyFindingView)
async def verify_finding(finding_id: Id, body: VerifyFinding, door: Checker) -> Response:
    """By somebody else than who put it right.  409 `resolved_it`, `illegal_transition`."""
    async with door.changing(SafetyFinding, finding_id) as session:
        found = await session.get_one(SafetyFinding, finding_id)
        await handlers.verify_finding(found, body, door.caller.subject, session)
        return _answered(door, found)


@router.post("/safety-findings/{finding_id}/reopening", response_model=SafetyFindingView)
async def reopen_finding(finding_id: Id, body: ReopenFinding, door: Checker) -> Response:
    """It is to be put right after all, by another day.  409 `illegal_transition`."""
    async with door.changing(SafetyFinding, finding_id) as session:
        found = await handlers.reopen_finding(await session.get_one(SafetyFinding, finding_id), body, session)
        return _answered(door, found)


def _answered(door: Door, finding: SafetyFinding) -> Response:
    return door.answer(200, SafetyFindingView.model_validate(finding), version=finding.version)
