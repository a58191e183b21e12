"""Inquiry sheets over HTTP."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.customers import sees_persons
from services.reception.commands.inquiries import CompleteInquiry
from services.reception.domain import Inquiry, RepairOrder
from services.reception.handlers import inquiries as handlers
from services.reception.queries import inquiries as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["check-in"])


class InquiryView(View):
    """One version; the customer's words and wishes only to roles that work with persons."""

    id: UUID
    seq: int
    words: str | None
    symptoms: list[dict[str, Any]]
    warning_lamps: list[str]
    wishes: list[str] | None
    read_back: bool
    asked_by: str
    asked_at: datetime


class InquiriesView(View):
    """The sheet as it stands, first, and the versions before; the answer's ETag is the repair order's version."""

    ro_id: UUID
    items: list[InquiryView]

    @classmethod
    def of(cls, ro_id: UUID, versions: Sequence[Inquiry], *, persons: bool) -> Self:
        hidden = {} if persons else {"words": None, "wishes": None}
        return cls(ro_id=ro_id, items=[InquiryView.model_validate(one).model_copy(update=hidden) for one in versions])


@router.get("/repair-orders/{ro_id}/inquiry", response_model=InquiriesView)
async def read_inquiry(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        versions = await asked.inquiries_of(ro_id, session)
    view = InquiriesView.of(ro_id, versions, persons=sees_persons(door, order.store_id))
    return door.answer(200, view, version=order.version)


@router.post("/repair-orders/{ro_id}/inquiry", status_code=201, response_model=InquiriesView)
async def complete_inquiry(ro_id: Id, body: CompleteInquiry, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """Complete or correct the sheet, until the customer agrees to the work."""
    async with door.changing(RepairOrder, ro_id) as session:
        await handlers.complete_inquiry(ro_id, body, session)
        order = await session.get_one(RepairOrder, ro_id)
        view = InquiriesView.of(ro_id, await asked.inquiries_of(ro_id, session), persons=True)
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}/inquiry")
    return answer
