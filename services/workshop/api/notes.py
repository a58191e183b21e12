"""Notes to the front desk over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.notes import WriteNote
from services.workshop.domain import Job
from services.workshop.queries import jobs as jobs_asked
from services.workshop.queries import notes as asked
from shared.fields import Id, View
from shared.refusal import Unknown
from shared.service import Door, allows

router = APIRouter(tags=["notes"])


class NoteView(View):
    """A note in plain words; `stage`: before, during, after the repair."""

    id: UUID
    store_id: str
    ro_id: UUID
    job_id: UUID
    stage: str
    words: str
    written_by: str
    written_at: datetime


class NotesView(View):
    """All notes of a repair order, oldest first."""

    items: list[NoteView]


@router.post("/jobs/{job_id}/notes", status_code=201, response_model=NoteView)
async def write_note(job_id: Id, body: WriteNote, door: Annotated[Door, allows("workshop.write_notes")]) -> Response:
    """By a technician of the order, or an inspector.  The job's version stays."""
    async with door.changing(Job, job_id) as session:
        job, user = await session.get_one(Job, job_id), door.caller.subject
        inspects = door.also_may("workshop.inspect", job.store_id)
        if not (inspects or await jobs_asked.works_on_order(job.ro_id, user, session)):
            raise Unknown("job")
        note = await handlers.write_note(job_id, body, user, session)
        at = f"/repair-orders/{note.ro_id}/notes"
        return door.answer(201, NoteView.model_validate(note), version=job.version, location=at)


@router.get("/repair-orders/{ro_id}/notes", response_model=NotesView)
async def read_notes(ro_id: Id, door: Annotated[Door, allows("workshop.read_findings")]) -> NotesView:
    """For the advisor, who tells the customer; words may be personal, so that only who works on or answers for the car reads
    them."""
    async with door.reading() as session:
        notes = await asked.notes_of(ro_id, session)
    return NotesView(items=[NoteView.model_validate(note) for note in notes])
