"""The job: one authorised labour line on its way through the workshop."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import ClassVar, Literal, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from services.workshop.domain.bays import Bay
from services.workshop.domain.clocks import FORGOTTEN, Activity, Clock, Turn
from services.workshop.domain.inspections import Inspection
from services.workshop.domain.labour_lines import LabourLine
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.parts import JobPart
from services.workshop.domain.shares import NOTHING_AGREED, shares, whole_minutes
from services.workshop.domain.states import NOT_BEGUN, OPEN, STEPS, UNAUTHORISED
from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from shared import clock
from shared.database import Aggregate, Stated, new_id
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.events.workshop import (
    JobCompleted,
    JobDispatched,
    JobReassigned,
    JobSetBack,
    LabourClockedOff,
    LabourClockedOn,
    QualityFailed,
)
from shared.refusal import Refused


class Job(LabourLine, Stated, Aggregate, Base):
    """One authorised labour line; `id` is its `ro_line_id`.

    waiting <-> ready -> dispatched -> working <-> paused, working -> finished -> completed, or -> failed -> working again;
    whatever nobody works on may be dispatched anew, to somebody else; what has not begun goes back to ready when its bay is
    out of order.  A job that has not begun is cancelled when its line is
    withdrawn, an unfinished one when the car is gone.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        ForeignKeyConstraint(["store_id", "bay"], ["bays.store_id", "bays.code"]),
        Index(
            "uq_jobs_bay_occupied", "store_id", "bay", unique=True,
            postgresql_where=text("state IN ('dispatched', 'working', 'paused', 'finished', 'failed')"),
        ),
        Index("ix_jobs_promised_at", "store_id", "skill", "promised_at"),
        Index("ix_jobs_store_id_state", "store_id", "state", "id"),
        Index("ix_jobs_open", "store_id", "promised_at", "id", postgresql_where=text(OPEN)),
        Index("ix_jobs_completed_at", "store_id", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
        CheckConstraint(
            "state IN ('unauthorised', 'waiting', 'ready', 'dispatched', 'working', 'paused', 'finished', 'failed',"
            " 'completed', 'cancelled')", name="state",
        ),
        CheckConstraint(
            "state = 'unauthorised' OR num_nulls(ro_id, ro_no, vehicle_id, op_code, skill, promised_at) = 0", name="filled"
        ),
        CheckConstraint(
            "state IN ('unauthorised', 'waiting', 'ready', 'cancelled') OR num_nulls(technician, bay) = 0", name="dispatched"
        ),
        CheckConstraint(
            "state NOT IN ('finished', 'failed', 'completed') OR num_nulls(cause, correction, finished_by, finished_at) = 0",
            name="finished",
        ),
        CheckConstraint("rework_no >= 0", name="rework_no"),
    )  # fmt: skip
    STEPS: ClassVar[frozenset[tuple[str, str]]] = STEPS

    state_since: Mapped[datetime | None]
    """None: unauthorised."""
    technician: Mapped[str | None]
    bay: Mapped[str | None]
    hold_reason: Mapped[str | None]
    cause: Mapped[str | None]
    correction: Mapped[str | None]
    finished_by: Mapped[str | None]
    finished_at: Mapped[datetime | None]
    rework_no: Mapped[int]
    completed_at: Mapped[datetime | None]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A labour line of which only others have spoken so far."""
        return cls(
            id=key,
            store_id=store_id,
            state=UNAUTHORISED,
            state_seq=0,
            authorised_epoch=0,
            authorised_version=0,
            rework_no=0,
        )

    def authorise(self, event: WorkAuthorised, line: AuthorisedLine) -> None:
        """Keep what the newest authorisation says of this line; with the first one it becomes a job."""
        newer = self.keep(event, line)
        if self.state == UNAUTHORISED:
            self.begin("waiting")
        elif newer:
            self.version += 1

    def follow(self, order: AuthorisedOrder, parts: Iterable[JobPart]) -> None:
        """Bring the job up to date with its whole order: withdrawn, delivered or called off means cancelled, else ready or
        waiting."""
        if self.state in (UNAUTHORISED, "completed"):
            return
        before, withdrawn = self.state, self.authorised < order.authorised
        if order.promised_at is not None and order.promised_at != self.promised_at:
            self.promised_at = order.promised_at
            self.version += 1
        if order.ended or (withdrawn and self.state in NOT_BEGUN):
            self._cancel()
        elif self.state == "cancelled" and not withdrawn:
            self.move("waiting")
        self._wait_for(parts)
        if self.state != before:
            self.version += 1

    def hear_of(self, parts: Iterable[JobPart]) -> None:
        """The stage of one of its parts changed: that is part of what is shown of the job, and may make it ready or not."""
        self._wait_for(parts)
        if self.state != UNAUTHORISED:
            self.version += 1

    def _wait_for(self, parts: Iterable[JobPart]) -> None:
        """Ready when all needed parts are reserved or issued, else waiting; once dispatched, that is no longer asked."""
        there = all(part.at_hand for part in parts if part.needed)
        if self.state == "waiting" and there:
            self.move("ready")
        elif self.state == "ready" and not there:
            self.move("waiting")

    def dispatch(
        self, technician: Technician, bay: Bay, occupant: UUID | None, reason_code: str | None = None
    ) -> list[JobDispatched | JobReassigned]:
        """Give the job to a technician and a bay; `occupant` is the job that has the bay now.

        Refused: technician_lacks_skill, bay_occupied, illegal_transition.
        """
        if self.skill not in technician.skills:
            raise Refused(
                "technician_lacks_skill", "This technician does not have the skill.", skill=self.skill, has=technician.skills
            )
        if occupant not in (None, self.id):
            raise Refused("bay_occupied", "Another job has this bay.", bay=bay.code, job_id=occupant)
        before = self.technician, self.bay
        self.move("dispatched")
        self.technician, self.bay, self.hold_reason = technician.code, bay.code, None
        said: list[JobDispatched | JobReassigned] = [
            JobDispatched(
                about=self.next_version(self.ro_id),
                ro_id=self.ro_id,
                technician=technician.code,
                bay=bay.code,
                dispatched_at=clock.now(),
            )
        ]
        if None not in before and before != (technician.code, bay.code):
            said.append(
                JobReassigned(
                    about=self.next_version(self.ro_id),
                    ro_id=self.ro_id,
                    from_technician=before[0] or "",
                    from_bay=before[1] or "",
                    technician=technician.code,
                    bay=bay.code,
                    reason_code=reason_code,
                    reassigned_at=clock.now(),
                )
            )
        return said

    def set_back(self, reason: str, parts: Iterable[JobPart]) -> JobSetBack:
        """What nobody has begun loses its technician and its bay, and is given out again; `reason` is what the dispatcher
        sees.  Refused('illegal_transition')."""
        self.move("ready")
        self.technician, self.bay, self.hold_reason = None, None, reason
        self._wait_for(parts)
        return JobSetBack(about=self.next_version(self.ro_id), ro_id=self.ro_id, reason_code=reason, set_back_at=clock.now())

    def refuse_work(self, order: AuthorisedOrder) -> None:
        """Refused: line_withdrawn (nobody's clock runs for what is not agreed), car_not_here (domain rules C7)."""
        if self.authorised < order.authorised:
            raise Refused("line_withdrawn", "The customer does not want this work any more.")
        order.refuse_work()

    def start(self, starting: Clock, parts: Iterable[JobPart]) -> LabourClockedOn:
        """A technician begins, or goes on, working, or joins who works already.

        Refused: technician_busy, waits_for_parts, illegal_transition.
        """
        if starting.on_job is not None:
            raise Refused("technician_busy", "The technician's clock runs for a job.", job_id=starting.on_job)
        if missing := [part.part_no for part in parts if part.needed and not part.at_hand]:
            raise Refused("waits_for_parts", "The job waits for parts.", part_nos=missing)
        if self.state != "working":
            self.move("working")
            self.hold_reason = None
        kind: Literal["job", "rework"] = "rework" if self.rework_no else "job"
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

    def pass_inspection(
        self, inspector: str, worked: Sequence[Activity], remark: str | None, agreed_bp: Mapping[str, int] = NOTHING_AGREED
    ) -> tuple[Inspection, JobCompleted]:
        """The quality check found no fault; `worked` are all activities of the job, `agreed_bp` the shares of its sold hours
        that technicians agreed on.

        Refused: inspector_worked_on_it, illegal_transition.
        """
        inspection = self._inspected("completed", inspector, worked, remark)
        self.completed_at, done_by = inspection.inspected_at, shares(worked, agreed_bp)
        return inspection, JobCompleted(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            op_code=self.op_code,
            cause=self.cause or "",
            correction=self.correction or "",
            actual_minutes=sum(share.worked_minutes for share in done_by),
            reworks=self.rework_no,
            shares=done_by,
            inspector=inspector,
            completed_at=inspection.inspected_at,
        )

    def fail_inspection(
        self, inspector: str, worked: Sequence[Activity], fault_code: str, remark: str | None
    ) -> tuple[Inspection, QualityFailed]:
        """The quality check sends the job back.  Refused: inspector_worked_on_it, illegal_transition."""
        inspection = self._inspected("failed", inspector, worked, remark, fault_code)
        self.rework_no += 1
        return inspection, QualityFailed(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            rework_no=self.rework_no,
            fault_code=fault_code,
            inspector=inspector,
            failed_at=inspection.inspected_at,
        )

    def _inspected(
        self, to: str, inspector: str, worked: Sequence[Activity], remark: str | None, fault_code: str | None = None
    ) -> Inspection:
        if inspector in {activity.user for activity in worked}:
            raise Refused("inspector_worked_on_it", "Somebody who did not work on the job must inspect it.")
        self.move(to)
        return Inspection(
            id=new_id(),
            store_id=self.store_id,
            job_id=self.id,
            rework_no=self.rework_no,
            result="passed" if to == "completed" else "failed",
            fault_code=fault_code,
            remark=remark,
            inspector=inspector,
            inspected_at=clock.now(),
        )

    def _step(self, before: str | None, to: str) -> None:
        super()._step(before, to)
        self.state_since = clock.now()

    def _cancel(self) -> None:
        if self.state != "cancelled":
            self.move("cancelled")
            self.technician = self.bay = self.hold_reason = None
