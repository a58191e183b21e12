"""Supplements (增项): what was found on a job beyond what was agreed, and what the customer decided about it."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.holds import HoldReason, OpenStretch, ended
from services.workshop.domain.jobs import Job
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate
from shared.events.reception import EstimateIssued, SupplementDecided
from shared.events.workshop import SupplementLine, SupplementProposed
from shared.refusal import Refused

WHILE = ("working", "paused")
"""The states of a job in which who works on it can find something."""
AT_INSPECTION = "finished"
"""The state in which who inspects it can: raising a finding is no work on the car (domain rules C6)."""


class Supplement(Aggregate, Base):
    """Additional work as it was proposed; `decisions` (line id -> decision) comes with the customer's word.  Nobody works on
    it before that: only an authorised line is a job (domain rules C6)."""

    __tablename__ = "supplements"
    __table_args__ = (Index(None, "job_id"), Index(None, "ro_id"))

    # Nullable in the table only: a stub is a mere key until it is filled (a restored workshop may have lost the proposal).
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    job_id: Mapped[UUID] = mapped_column(nullable=True)
    proposed_by: Mapped[str] = mapped_column(nullable=True)
    lines: Mapped[list[dict[str, Any]]]
    proposed_at: Mapped[datetime] = mapped_column(nullable=True)
    asked_at: Mapped[datetime | None]
    """When a price was first put to the customer."""
    decisions: Mapped[dict[str, Any] | None]
    decided_at: Mapped[datetime | None]
    decided_epoch: Mapped[int]
    decided_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A supplement of which only the decision was heard so far."""
        return cls(id=key, store_id=store_id, lines=[], decided_epoch=0, decided_version=0)

    @classmethod
    def found_on(cls, job: Job, lines: list[SupplementLine], *, inspected: bool = False) -> Self:
        """Refused('job_not_being_worked_on') unless somebody works, or worked last, on the job, or it is being inspected."""
        if job.state not in ((AT_INSPECTION,) if inspected else WHILE):
            raise Refused(
                "job_not_being_worked_on", "Findings come from work on the car, or from its inspection.", state=job.state
            )
        return cls(
            store_id=job.store_id,
            ro_id=job.ro_id,
            job_id=job.id,
            proposed_by=cause().actor,
            lines=[line.model_dump(mode="json") for line in lines],
            proposed_at=clock.now(),
            decided_epoch=0,
            decided_version=0,
        )

    def propose(self, technician: str, inspector: str | None = None) -> SupplementProposed:
        """Put it before the advisor and the customer; found by the technician, or by the inspector."""
        return SupplementProposed(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            technician=technician,
            lines=[SupplementLine.model_validate(line) for line in self.lines],
            proposed_at=self.proposed_at,
            inspector=inspector,
        )

    def ask(self, event: EstimateIssued) -> None:
        """The advisor put a price to the customer."""
        self.asked_at = min(self.asked_at or event.issued_at, event.issued_at)
        self.ro_id = self.ro_id or event.ro_id
        self.cause_id = cause().id
        self.version += 1

    def waits(self, order: AuthorisedOrder) -> dict[HoldReason, list[OpenStretch]]:
        """For whom it waited: for the advisor until the customer was asked, then for the customer until they decided."""
        asked = self.asked_at or self.decided_at
        advisor = [] if self.proposed_at is None else [(self.proposed_at, asked)]
        customer = [] if self.asked_at is None else [(self.asked_at, self.decided_at)]
        return {
            "wait_advisor": ended(advisor, order.ended_at),
            "wait_customer": ended(customer, order.ended_at),
        }

    def decide(self, event: SupplementDecided) -> None:
        """Keep the customer's newest word."""
        if event.about.order <= (self.decided_epoch, self.decided_version):
            return
        self.decided_epoch, self.decided_version = event.about.order
        self.ro_id, self.job_id = event.ro_id, event.job_id
        self.decisions = {str(decision.line_id): decision.decision for decision in event.decisions}
        self.decided_at, self.cause_id = event.decided_at, cause().id
        self.version += 1
