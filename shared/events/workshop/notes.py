"""What the workshop has written for the front desk."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event


class NoteWritten(Event):
    """There is a note to the front desk; its words are read at the workshop.  Subject: the note."""

    type: ClassVar[str] = "workshop.note_written.v1"
    ro_id: UUID
    job_id: UUID
    stage: Literal["before", "during", "after"]
    """Of the repair."""
    written_at: AwareDatetime
