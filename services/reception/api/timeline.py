"""An order's progress over HTTP, as its customer would read it."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.domain import RepairOrder
from services.reception.queries import timeline as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["progress"])


class EntryView(View):
    """One entry; `sentences` by language: zh-CN, en."""

    id: UUID
    code: str
    at: datetime
    ro_line_id: UUID | None
    parameters: dict[str, Any]
    sentences: dict[str, str]


class HeadlineView(View):
    """Where the car stands now; `waiting_for_parts_until` is null when nothing is awaited or nobody knows."""

    code: str
    promised_at: datetime | None
    waiting_for_parts: bool
    waiting_for_parts_until: datetime | None
    sentences: dict[str, str]


class ProgressView(View):
    """The headline, and what happened, oldest first."""

    ro_id: UUID
    headline: HeadlineView
    entries: list[EntryView]


@router.get("/repair-orders/{ro_id}/progress", response_model=ProgressView)
async def read_progress(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        found = await asked.progress_of(order, session)
    view = ProgressView(
        ro_id=ro_id,
        headline=HeadlineView.model_validate(found.headline),
        entries=[EntryView.model_validate(entry) for entry in found.entries],
    )
    return door.answer(200, view, version=order.version)
