"""Notes to the front desk (三讲): before, during and after the repair, in plain words."""

from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.jobs import Job
from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.events.workshop import NoteWritten
from shared.refusal import Refused

Stage = Literal["before", "during", "after"]
"""What was found; what is being done; what was done, and what the customer should know."""


class NoteTerms(Terms, name="notes"):
    """Which notes the front desk gets for certain."""

    after_needed: bool = False
    """Whether the last job of an order passes only when somebody wrote what was done."""


class Note(Aggregate, Base):
    """One note; never changed.  Its words are personal and stay here: others hear that it was written."""

    __tablename__ = "notes"
    __table_args__ = (
        Index(None, "ro_id"),
        CheckConstraint("stage IN ('before', 'during', 'after')", name="stage"),
    )
    ro_id: Mapped[UUID]
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    stage: Mapped[Stage] = mapped_column(Text())
    words: Mapped[str]
    written_by: Mapped[str]
    written_at: Mapped[datetime]

    @classmethod
    def about(cls, job: Job, stage: Stage, words: str, user: str) -> Self:
        """Now."""
        return cls(
            store_id=job.store_id,
            ro_id=job.ro_id,
            job_id=job.id,
            stage=stage,
            words=words,
            written_by=user,
            written_at=clock.now(),
        )

    def tell(self) -> NoteWritten:
        """The front desk has something to read."""
        return NoteWritten(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            stage=self.stage,
            written_at=self.written_at,
        )


def refuse_untold(*, written: bool) -> None:
    """Refused('after_note_missing') for passing the last job of an order of which nobody wrote what was done."""
    if not written:
        raise Refused("after_note_missing", "Write for the front desk what was done on this car first.")
