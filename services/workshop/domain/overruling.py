"""What a dispatcher does otherwise than proposed, which wants a reason, and the record of every job that was given out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.dispatching import DispatchTerms, Proposed
from services.workshop.domain.tables import Base
from shared.database import Effect, OfStore
from shared.refusal import Refused


@dataclass(frozen=True, slots=True)
class Overruled:
    """What the dispatcher does otherwise than the rule: jobs that are skipped, what was proposed for the job itself where it
    goes to somebody else or into a bay of another kind, who had the job until now, whether that it is theirs no longer is what
    was proposed, how many jobs that they have not begun the technician has already, whether these are too many, and the kind
    of a bay that does not fit."""

    skipped: Sequence[Proposed]
    instead_of: Proposed | None
    taken_from: str | None
    taken_as_proposed: bool
    waiting_jobs: int
    too_many: bool
    unfit_kind: str | None

    def refuse_unexplained(self, reason_code: str | None, terms: DispatchTerms) -> None:
        """Refused('reason_needed') naming what is overruled."""
        if reason_code is None and terms.reason_required and self._anything:
            raise Refused(
                "reason_needed",
                "Say why this is done: other jobs come first, somebody else is proposed for it or has it, the technician has"
                " enough to do, or the bay is not meant for such work.",
                skipped=self.jobs_skipped,
                proposed_technician=self.instead_of.technician if self.instead_of else None,
                proposed_bay=self.instead_of.bay if self.instead_of else None,
                taken_from=self.taken_from,
                waiting_jobs=self.waiting_jobs if self.too_many else None,
                unfit_kind=self.unfit_kind,
            )

    @property
    def _anything(self) -> bool:
        taken = self.taken_from is not None and not self.taken_as_proposed
        return bool(self.skipped) or self.instead_of is not None or taken or self.too_many or self.unfit_kind is not None

    @property
    def jobs_skipped(self) -> list[dict[str, str]]:
        """[{job_id, ro_no}]."""
        return [{"job_id": str(each.job.id), "ro_no": each.job.ro_no} for each in self.skipped]


class Dispatch(Effect, OfStore, Base):
    """That a job was given out: what had been proposed, which jobs were skipped for it, from whom it was taken, and why.
    Never changed afterwards."""

    __tablename__ = "dispatches"
    __table_args__ = (Index("ix_dispatches_overruled", "store_id", "id", postgresql_where=text("reason_code IS NOT NULL")),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), index=True)
    technician: Mapped[str]
    bay: Mapped[str]
    dispatched_by: Mapped[str]
    dispatched_at: Mapped[datetime]
    proposed_technician: Mapped[str | None]
    proposed_bay: Mapped[str | None]
    skipped: Mapped[list[dict[str, Any]]]
    taken_from: Mapped[str | None]
    """Who had the job until then; None: nobody else."""
    waiting_jobs: Mapped[int | None]
    """As many other jobs that were not begun the technician had; None: it was not counted then."""
    reason_code: Mapped[str | None]
    reason: Mapped[str | None]
