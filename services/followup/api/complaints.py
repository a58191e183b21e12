"""Routes of complaints: the list by urgency, one complaint with the customer's words, first contact, closing."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from services.followup import handlers, queries
from services.followup.api.sight import sees_words
from services.followup.commands import CloseComplaint, ContactCustomer
from services.followup.domain import Complaint
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["complaints"])
State = Literal["new", "contacted", "closed"]


class ComplaintView(View):
    """A complaint as everybody may see it."""

    id: UUID
    store_id: str
    state: State
    category: str
    ro_id: UUID
    customer_id: UUID
    survey_id: UUID | None
    opened_at: datetime
    due_at: datetime
    contacted_at: datetime | None
    closed_at: datetime | None
    version: int


class ComplaintFile(View):
    """A complaint; the customer's `words` and the `solution` only for who takes care of complaints."""

    complaint: ComplaintView
    words: str | None
    solution: str | None


@router.get("/complaints")
async def list_complaints(
    door: Annotated[Door, allows("followup.read")],
    page: Paged,
    store_id: StoreId | None = None,
    state: State | None = None,
    ro_id: Id | None = None,
) -> Listing[ComplaintView]:
    """Complaints, those that must be solved first on top."""
    async with door.reading() as session:
        rows, cursor = await page_of(
            session, queries.complaints(store_id, state, ro_id), [Complaint.due_at, Complaint.id], page, descending=False
        )
    return Listing(items=[ComplaintView.model_validate(row) for row in rows], next=cursor)


@router.get("/complaints/{complaint_id}", response_model=ComplaintFile)
async def show_complaint(complaint_id: Id, door: Annotated[Door, allows("followup.read")]) -> Response:
    """One complaint; its ETag is needed to write to it."""
    async with door.reading() as session:
        complaint, survey = await queries.complaint(session, complaint_id)
    personal = sees_words(door, complaint.store_id)
    file = ComplaintFile(
        complaint=ComplaintView.model_validate(complaint),
        words=survey.words if survey and personal else None,
        solution=complaint.solution if personal else None,
    )
    return door.answer(200, file, version=complaint.version)


@router.post("/complaints/{complaint_id}/contact", response_model=ComplaintView)
async def contact_customer(
    complaint_id: Id, body: ContactCustomer, door: Annotated[Door, allows("followup.handle_complaint")]
) -> Response:
    """Note that the customer was told that somebody takes care."""
    async with door.changing(Complaint, complaint_id) as session:
        complaint = await handlers.contact_customer(complaint_id, session)
        return door.answer(200, ComplaintView.model_validate(complaint), version=complaint.version)


@router.post("/complaints/{complaint_id}/closing", response_model=ComplaintView)
async def close_complaint(
    complaint_id: Id, body: CloseComplaint, door: Annotated[Door, allows("followup.handle_complaint")]
) -> Response:
    """Close the complaint of a satisfied customer."""
    async with door.changing(Complaint, complaint_id) as session:
        complaint = await handlers.close_complaint(complaint_id, body, session)
        return door.answer(200, ComplaintView.model_validate(complaint), version=complaint.version)
