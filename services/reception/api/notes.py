"""The workshop's notes over HTTP: which there are, and that they were read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.commands.notes import ReadNotes
from services.reception.domain import RepairOrder, WorkshopNote
from services.reception.handlers import notes as handlers
from services.reception.queries import notes as asked
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["progress"])


class WorkshopNoteView(View):
    """A note before, during or after the repair; its words are read at the workshop."""

    id: UUID
    job_id: UUID
    stage: str
    written_at: datetime
    read_by: str | None
    read_at: datetime | None


class WorkshopNotesView(View):
    """An order's notes, oldest first."""

    items: list[WorkshopNoteView]

    @classmethod
    def of(cls, notes: Iterable[WorkshopNote]) -> Self:
        return cls(items=[WorkshopNoteView.model_validate(note) for note in notes])


@router.get("/repair-orders/{ro_id}/workshop-notes", response_model=WorkshopNotesView)
async def list_notes(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order, notes = await asked.notes_of(ro_id, session)
    return door.answer(200, WorkshopNotesView.of(notes), version=order.version)


@router.post("/repair-orders/{ro_id}/workshop-notes/reading", response_model=WorkshopNotesView)
async def read_notes(ro_id: Id, body: ReadNotes, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """The advisor has read these.  The order's version stays."""
    async with door.changing(RepairOrder, ro_id) as session:
        notes = await handlers.read_notes(ro_id, body, session)
        order = await session.get_one(RepairOrder, ro_id)
        answer = door.answer(200, WorkshopNotesView.of(notes), version=order.version)
    return answer
