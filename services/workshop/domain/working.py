"""Working on a job: clocks that run for it, pauses, and the finished work (3C)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.clocks import FORGOTTEN, Activity, Clock, Turn
from services.workshop.domain.labour_lines import LabourLine
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.parts import JobPart
from services.workshop.domain.shares import whole_minutes
from services.workshop.domain.stretches import Stretch
from shared import clock
from shared.database import Aggregate, Stated
from shared.events.workshop import CountedWork, LabourClockedOff, LabourClockedOn, LabourCorrected
from shared.refusal import Refused


class ClockedWork(LabourLine, Stated, Aggregate):
    """The part of a job that technicians do."""

    technician: Mapped[str | None]
    bay: Mapped[str | None]
    hold_reason: Mapped[str | None]
    cause: Mapped[str | None]
    correction: Mapped[str | None]
    finished_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    rework_no: Mapped[int]
    comeback_of: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    """The job that did not last: the same car, the same group of concerns, not long ago."""

    @property
    def repeated(self) -> bool:
        """Whether work that was done before is done again: it was sent back (内返), or has come back (外返)."""
        return self.rework_no > 0 or self.comeback_of is not None

    def refuse_work(self, order: AuthorisedOrder) -> None:
        """Refused: line_withdrawn (nobody's clock runs for what is not agreed), car_not_here (domain rules C7)."""
        self._refuse_withdrawn(order)
        order.refuse_work()

    def refuse_told_work(self, order: AuthorisedOrder, worked: Iterable[Stretch]) -> None:
        """As `refuse_work`, for work that is told afterwards: what was done while the car was here stays true."""
        self._refuse_withdrawn(order)
        if self.state == "cancelled":
            order.refuse_work()
        order.refuse_work_during(worked)

    def _refuse_withdrawn(self, order: AuthorisedOrder) -> None:
        if self.authorised < order.authorised:
            raise Refused("line_withdrawn", "The customer does not want this work any more.")

    def start(self, starting: Clock, parts: Iterable[JobPart]) -> LabourClockedOn:
        """A technician begins, or goes on, working, or joins who works already.

        Refused: technician_busy, waits_for_parts, no_bay, illegal_transition.
        """
        if starting.on_job is not None:
            raise Refused("technician_busy", "The technician's clock runs for a job.", job_id=starting.on_job)
        if missing := [part.part_no for part in parts if part.needed and not part.at_hand]:
            raise Refused("waits_for_parts", "The job waits for parts.", part_nos=missing)
        if self.state in ("paused", "failed") and self.bay is None:
            raise Refused("no_bay", "The car stands in no bay; have it given one.")
        if self.state != "working":
            self.move("working")
            self.hold_reason = None
        kind: Literal["job", "rework"] = "rework" if self.repeated else "job"
        activity = starting.turn_to(kind, self.id)
        return LabourClockedOn(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            activity_id=activity.id,
            technician=activity.technician,
            kind=kind,
            at=activity.started_at,
        )

    def pause(
        self, clocks: Sequence[Clock], reason: str, technician: str | None = None, *, to: Turn | None = None
    ) -> list[LabourClockedOff]:
        """All who work on the job (`clocks`) stop for a reason, or only this technician: the job stands when nobody is left.
        `to` is what they do from then on; left out, what the reason says.

        Refused: not_working_on_it, illegal_transition.
        """
        stopping = [each for each in clocks if technician in (None, each.technician.code)]
        if self.state == "working" and not stopping:
            raise Refused("not_working_on_it", "This technician's clock does not run for the job.", technician=technician)
        if len(stopping) == len(clocks):
            self.move("paused")
            self.version += 1
            self.hold_reason = "end_of_shift" if reason == FORGOTTEN else reason
        return [self.clocked_off(each, reason, to or Turn.because_of(reason)) for each in stopping]

    def finish(self, clocks: Sequence[Clock], parts: Iterable[JobPart], cause: str, correction: str) -> list[LabourClockedOff]:
        """The work is done; `cause` and `correction` say what was wrong and what was done (3C).

        Refused: parts_not_issued, illegal_transition.
        """
        if missing := [part.part_no for part in parts if part.needed and part.stage != "issued"]:
            raise Refused("parts_not_issued", "Not all parts were issued to the job.", part_nos=missing)
        self.move("finished")
        self.version += 1
        self.cause, self.correction = cause, correction
        self.finished_by, self.finished_at = self.technician, clock.now()
        return [self.clocked_off(each, "finished", Turn("idle")) for each in clocks]

    def clocked_off(self, stopping: Clock, because: str, to: Turn) -> LabourClockedOff:
        """The technician's clock runs for the job no longer."""
        activity = stopping.running
        if activity is None or activity.on_job != self.id:
            raise RuntimeError("this clock does not run for the job")
        stopping.turn(to, because, self.id)
        ended_at = activity.ended_at or activity.started_at
        return LabourClockedOff(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            activity_id=activity.id,
            technician=activity.technician,
            kind="rework" if activity.kind == "rework" else "job",
            at=ended_at,
            worked_minutes=whole_minutes(ended_at - activity.started_at),
            because=because,
            automatically=because == FORGOTTEN,
        )

    def labour_corrected(
        self, correction_id: UUID, technician: str, superseded: Iterable[Activity], counting: Iterable[Activity]
    ) -> LabourCorrected:
        """What counts of an attendance for the job in place of what did."""
        return LabourCorrected(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            correction_id=correction_id,
            technician=technician,
            superseded=[activity.id for activity in superseded if activity.on_job == self.id],
            activities=[_counted(activity) for activity in counting if activity.on_job == self.id],
            corrected_at=clock.now(),
        )


def _counted(activity: Activity) -> CountedWork:
    ended_at = activity.ended_at or activity.started_at
    return CountedWork(
        activity_id=activity.id,
        kind="rework" if activity.kind == "rework" else "job",
        started_at=activity.started_at,
        ended_at=ended_at,
        worked_minutes=whole_minutes(ended_at - activity.started_at),
    )
