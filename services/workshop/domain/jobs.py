"""The job: one authorised labour line on its way through the workshop."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped

from services.workshop.domain.bays import Bay
from services.workshop.domain.inspecting import InspectedWork
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.parts import JobPart
from services.workshop.domain.states import NOT_BEGUN, OPEN, STANDING, STEPS, UNAUTHORISED
from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from shared import clock
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.events.workshop import (
    JobDispatched,
    JobReassigned,
    JobSetBack,
)
from shared.refusal import Refused

WAITS_FOR_PARTS, PARTS_HERE = "wait_parts", "parts_here"
"""Why a paused job stands: its parts are missing, or were and are there now."""
CAR_AWAY, CAR_HERE = "car_away", "car_here"
"""Why a job stands, or was set back: its car is not here, or was not and is now."""


class Job(InspectedWork, Base):
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
            "state IN ('unauthorised', 'waiting', 'ready', 'cancelled')"
            " OR technician IS NOT NULL AND (bay IS NOT NULL OR state NOT IN ('dispatched', 'working'))",
            name="dispatched",
        ),
        CheckConstraint(
            "state NOT IN ('finished', 'failed', 'completed') OR num_nulls(cause, correction, finished_by, finished_at) = 0",
            name="finished",
        ),
        CheckConstraint("rework_no >= 0", name="rework_no"),
        Index("ix_jobs_comeback_of", "comeback_of", postgresql_where=text("comeback_of IS NOT NULL")),
        Index("ix_jobs_vehicle_completed", "vehicle_id", "completed_at", postgresql_where=text("completed_at IS NOT NULL")),
    )  # fmt: skip
    STEPS: ClassVar[frozenset[tuple[str, str]]] = STEPS

    state_since: Mapped[datetime | None]
    """None: unauthorised."""

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

    def authorise(self, event: WorkAuthorised, line: AuthorisedLine) -> bool:
        """Keep what the newest authorisation says of this line; with the first one it becomes a job.  Whether it was newer."""
        newer = self.keep(event, line)
        if self.state == UNAUTHORISED:
            self.begin("waiting")
        elif newer:
            self.version += 1
        return newer

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
        elif self.state == "paused" and self.hold_reason in (WAITS_FOR_PARTS, PARTS_HERE):
            self.hold_reason = PARTS_HERE if there else WAITS_FOR_PARTS

    def dispatch(
        self, technician: Technician, bay: Bay, occupant: UUID | None, reason_code: str | None = None
    ) -> list[JobDispatched | JobReassigned]:
        """Give the job to a technician and a bay; `occupant` is the job that has the bay now.

        Refused: technician_lacks_skill, bay_occupied, illegal_transition.
        """
        self.refuse_unable(technician)
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

    def refuse_unable(self, technician: Technician) -> None:
        """Refused('technician_lacks_skill')."""
        if self.skill not in technician.skills:
            raise Refused(
                "technician_lacks_skill", "This technician does not have the skill.", skill=self.skill, has=technician.skills
            )

    def set_back(self, reason: str, parts: Iterable[JobPart]) -> JobSetBack:
        """What nobody has begun loses its technician and its bay, and is given out again; `reason` is what the dispatcher
        sees.  Refused('illegal_transition')."""
        self.move("ready")
        self.technician, self.bay, self.hold_reason = None, None, reason
        self._wait_for(parts)
        return JobSetBack(about=self.next_version(self.ro_id), ro_id=self.ro_id, reason_code=reason, set_back_at=clock.now())

    def leave_bay(self) -> None:
        """The car makes room: work that stands needs no bay, and gets one again with its next dispatch.  Refused: no_bay,
        illegal_transition while somebody works on it or is about to."""
        if self.bay is None:
            raise Refused("no_bay", "The car stands in no bay.")
        if self.state not in STANDING:
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="paused")
        self.bay = None
        self.version += 1

    def car_is_back(self) -> None:
        """Nothing stands any more because the car was away."""
        if self.hold_reason == CAR_AWAY:
            self.hold_reason = CAR_HERE if self.state == "paused" else None
            self.version += 1

    def _step(self, before: str | None, to: str) -> None:
        super()._step(before, to)
        self.state_since = clock.now()

    def _cancel(self) -> None:
        if self.state != "cancelled":
            self.move("cancelled")
            self.technician = self.bay = self.hold_reason = None
