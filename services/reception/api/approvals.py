"""Approvals over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.commands.approvals import AskApproval, DecideApproval
from services.reception.domain import Approval
from services.reception.handlers import approvals as handlers
from services.reception.queries import approvals as wanted
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["approvals"])


class ApprovalView(View):
    """A request for a second pair of eyes."""

    id: UUID
    version: int
    store_id: str
    kind: str
    subject_id: UUID
    asked: dict[str, Any]
    reason: str
    asked_by: str
    asked_at: datetime
    expires_at: datetime
    state: str
    decided_by: str | None
    decided_at: datetime | None
    note: str | None


@router.post("/stores/{store_id}/approvals", status_code=201, response_model=ApprovalView)
async def ask_approval(
    store_id: StoreId, body: AskApproval, door: Annotated[Door, allows("reception.ask_approval")]
) -> Response:
    async with door.creating(store_id) as session:
        approval = await handlers.ask_approval(store_id, body, session)
        view = ApprovalView.model_validate(approval)
        answer = door.answer(201, view, version=approval.version, location=f"/approvals/{approval.id}")
    return answer


@router.get("/approvals", response_model=Listing[ApprovalView])
async def find_approvals(
    page: Paged,
    door: Annotated[Door, allows("reception.ask_approval")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: Literal["asked", "granted", "refused", "used"] | None = None,
    subject_id: Id | None = None,
) -> Listing[ApprovalView]:
    """Newest first."""
    async with door.reading() as session:
        found = wanted.approvals(store_id=store_id, state=state, subject_id=subject_id)
        rows, following = await page_of(session, found, [Approval.id], page)
    return Listing(items=[ApprovalView.model_validate(row) for row in rows], next=following)


@router.get("/approvals/{approval_id}", response_model=ApprovalView)
async def read_approval(approval_id: Id, door: Annotated[Door, allows("reception.ask_approval")]) -> Response:
    async with door.reading() as session:
        approval = await session.get_one(Approval, approval_id)
    return door.answer(200, ApprovalView.model_validate(approval), version=approval.version)


@router.post("/approvals/{approval_id}/decision", response_model=ApprovalView)
async def decide_approval(
    approval_id: Id, body: DecideApproval, door: Annotated[Door, allows("reception.decide_approval")]
) -> Response:
    """Granted or refused, by somebody else than who asked."""
    async with door.changing(Approval, approval_id) as session:
        approval = await session.get_one(Approval, approval_id)
        await handlers.decide_approval(approval_id, body, door.roles_in(approval.store_id), session)
        answer = door.answer(200, ApprovalView.model_validate(approval), version=approval.version)
    return answer
