"""How far each authorised line is, as heard from parts and workshop, in whatever order."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Self
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import RepairOrderLine
from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events import Event
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.workshop import (
    JobCompleted,
    JobDispatched,
    JobSetBack,
    QualityFailed,
    SubletFailed,
    SubletPassed,
    SubletReturned,
    SubletSent,
)
from shared.refusal import Refused

ToldOfSublet = SubletSent | SubletReturned | SubletFailed | SubletPassed
Told = PartsReserved | PartsBackordered | PartsIssued | JobDispatched | JobSetBack | QualityFailed | JobCompleted | ToldOfSublet
STAGES: Mapping[type[Event], str | None] = MappingProxyType(
    {
        PartsReserved: "reserved",
        PartsBackordered: "backordered",
        PartsIssued: "issued",
        JobDispatched: "dispatched",
        JobSetBack: None,
        QualityFailed: "rework",
        JobCompleted: "completed",
        SubletSent: "sent_out",
        SubletReturned: "returned",
        SubletFailed: "rework",
        SubletPassed: "completed",
    }
)


class LineProgress(Effect, OfStore, Base):
    """One line's stage: a labour line is `dispatched`, in `rework` or `completed`; a part line `backordered`, `reserved` or
    `issued`; sublet work `sent_out`, `returned`, in `rework` or `completed`; None before anything was heard, and for a job
    that was given out and taken back.  Made by the first fact that names it, even before the line is known here."""

    __tablename__ = "line_progress"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The authorised line's id."""
    stage: Mapped[str | None]
    stage_epoch: Mapped[int] = mapped_column(default=0)
    stage_version: Mapped[int] = mapped_column(default=0)
    """(epoch, version) of the job or part line when it said so: the newest one counts."""
    eta_at: Mapped[datetime | None]
    """When a back-ordered part is expected."""
    reworks: Mapped[int] = mapped_column(default=0)

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(id=key, store_id=store_id, stage_epoch=0, stage_version=0, reworks=0)

    @classmethod
    def of_lines(cls, ids: Iterable[UUID]) -> Select[Self]:
        """What was heard of these lines."""
        return select(cls).where(cls.id.in_(list(ids)))

    def tell(self, event: Told) -> None:
        """The line's job or part came to this stage, unless something newer was heard already."""
        match event:
            case QualityFailed(rework_no=told) | JobCompleted(reworks=told) | SubletFailed(rework_no=told):
                self.reworks = max(self.reworks, told)
        if event.about.order > (self.stage_epoch, self.stage_version):
            self.stage_epoch, self.stage_version = event.about.order
            self.stage, self.cause_id = STAGES[type(event)], cause().id
            self.eta_at = event.eta_at if isinstance(event, PartsBackordered) else None

    @property
    def begun(self) -> bool:
        """Whether a technician or another firm has it, or the part left the shelf: too late to take it back."""
        return self.stage in ("dispatched", "rework", "completed", "issued", "sent_out", "returned")

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do: the job passed its quality check, the part was issued."""
        return self.stage in ("completed", "issued")


def unfinished(lines: Iterable[RepairOrderLine], progress: Mapping[UUID, LineProgress]) -> list[RepairOrderLine]:
    """The lines whose job, part or service is not done yet, as far as was heard."""
    return [line for line in lines if not _done(line, progress)]


def _done(line: RepairOrderLine, progress: Mapping[UUID, LineProgress]) -> bool:
    if line.is_service:
        return line.completed_at is not None
    return line.id in progress and progress[line.id].finished


def refuse_unfinished(lines: Iterable[RepairOrderLine], progress: Mapping[UUID, LineProgress]) -> None:
    """Refused: `lines_not_finished` for jobs, else `parts_not_issued`, else `services_not_finished`, naming the lines."""
    missing = unfinished(lines, progress)
    if jobs := [line.id for line in missing if line.kind == "labour"]:
        raise Refused("lines_not_finished", "Some jobs have not passed their quality check.", ro_line_ids=jobs)
    if parts := [line.id for line in missing if line.kind == "part"]:
        raise Refused("parts_not_issued", "Some parts were not issued to their job.", ro_line_ids=parts)
    if services := [line.id for line in missing]:
        raise Refused("services_not_finished", "Work of other firms or paperwork is not done.", ro_line_ids=services)
