"""Hearing of the workshop's notes, and reading them."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.notes import ReadNotes
from services.reception.domain import WorkshopNote
from shared.events.workshop import NoteWritten
from shared.refusal import Invalid


async def keep_note(event: NoteWritten, session: AsyncSession) -> None:
    """There is something to read."""
    (await session.get_one(WorkshopNote, event.about.subject)).keep(event)


async def read_notes(ro_id: UUID, command: ReadNotes, session: AsyncSession) -> Sequence[WorkshopNote]:
    """These are read; all notes of the order.  Invalid: note_unknown."""
    notes = (await session.scalars(WorkshopNote.of_order(ro_id).with_for_update())).all()
    known = {note.id: note for note in notes}
    for position, id in enumerate(command.note_ids):
        if id not in known:
            raise Invalid(f"body.note_ids.{position}", "note_unknown", "The order has no such note.")
        known[id].read()
    return notes
