"""Sublet work (外加工): what another firm does on the car, sent out, brought back, and checked by somebody of the house."""

from datetime import date, datetime
from typing import ClassVar, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated
from shared.events.reception import AuthorisedService, WorkAuthorised
from shared.events.workshop import SubletFailed, SubletPassed, SubletReturned, SubletSent
from shared.refusal import Refused

UNHEARD = "unauthorised"
"""Heard of, but not (yet) authorised."""
_TO_DO = frozenset({"authorised", "out", "back", "failed"})


class Sublet(Stated, Aggregate, Base):
    """One authorised line of sublet work; `id` is its `ro_line_id`.

    authorised -> out (at the firm) -> back -> passed, or -> failed -> out again.  `closed`: the front desk said itself that it
    is done; `cancelled`: withdrawn before it was sent out, or the car is gone.
    """

    __tablename__ = "sublets"
    __table_args__ = (
        Index("uq_sublets_car_out", "ro_id", unique=True, postgresql_where=text("state = 'out' AND takes_car")),
        Index("ix_sublets_store_id_state", "store_id", "state", "id"),
        Index("ix_sublets_ro_id", "ro_id"),
        CheckConstraint(
            "state IN ('unauthorised', 'authorised', 'out', 'back', 'failed', 'passed', 'closed', 'cancelled')", name="state"
        ),
        CheckConstraint(
            "state NOT IN ('out', 'back', 'failed', 'passed')"
            " OR num_nulls(vendor, takes_car, cost_fen, due_at, sent_at, sent_by) = 0",
            name="sent",
        ),
        CheckConstraint(
            "state NOT IN ('back', 'failed', 'passed') OR num_nulls(returned_at, taken_back_by, document_no) = 0",
            name="returned",
        ),
        CheckConstraint("cost_fen >= 0", name="cost_fen"),
        CheckConstraint("rework_no >= 0", name="rework_no"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("authorised", "out"), ("out", "back"), ("back", "passed"), ("back", "failed"), ("failed", "out"),
            ("cancelled", "authorised"), ("cancelled", "closed"),
            *((state, end) for state in _TO_DO for end in ("cancelled", "closed")),
        }
    )  # fmt: skip

    # Nullable in the table only: a stub is a mere key until it is authorised.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    ro_no: Mapped[str] = mapped_column(nullable=True)
    vehicle_id: Mapped[UUID] = mapped_column(nullable=True)
    op_code: Mapped[str] = mapped_column(nullable=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    promised_on: Mapped[date | None]
    """When it was promised to be done."""
    closed_at: Mapped[datetime | None]
    """When the front desk said that it is done."""
    vendor: Mapped[str | None]
    takes_car: Mapped[bool | None]
    """Whether the firm has the car; otherwise a part of it is there."""
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id"))
    """The job that waits for that part."""
    cost_fen: Mapped[int | None]
    """What the firm asks, tax included: expected at first, billed once it is back."""
    due_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_by: Mapped[str | None]
    returned_at: Mapped[datetime | None]
    taken_back_by: Mapped[str | None]
    document_no: Mapped[str | None]
    """Number of the firm's bill or delivery note."""
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]
    fault_code: Mapped[str | None]
    remark: Mapped[str | None]
    """Of the last check."""
    rework_no: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A line of which only others have spoken so far."""
        return cls(
            id=key, store_id=store_id, state=UNHEARD, state_seq=0, authorised_epoch=0, authorised_version=0, rework_no=0
        )  # fmt: skip

    @property
    def authorised(self) -> tuple[int, int]:
        """Order of the newest authorisation that names this line, (0, 0) before the first."""
        return self.authorised_epoch, self.authorised_version

    @property
    def overdue(self) -> bool:
        """Whether the firm should have been done."""
        return self.state == "out" and self.due_at is not None and self.due_at < clock.now()

    def authorise(self, event: WorkAuthorised, line: AuthorisedService) -> None:
        """Keep what the newest authorisation says of this line."""
        if event.about.order > self.authorised:
            self.authorised_epoch, self.authorised_version = event.about.order
            self.ro_id, self.ro_no, self.vehicle_id = event.about.subject, event.ro_no, event.vehicle_id
            self.op_code, self.closed_at = line.code, line.completed_at
            self.promised_on = None if line.due_on is None else date.fromisoformat(line.due_on)
            self.cause_id = cause().id
            self.version += 1
        if self.state == UNHEARD:
            self.begin("authorised")

    def follow(self, order: AuthorisedOrder) -> None:
        """Bring it up to date with its order: done as the front desk says, gone with the car, withdrawn, or asked for again.
        What is at the firm comes back even when nobody wants it any more, and is checked unless the car is gone."""
        if self.state in (UNHEARD, "passed", "closed"):
            return
        before, withdrawn = self.state, self.authorised < order.authorised
        if self.closed_at is not None:
            self.move("closed")
        elif (self.state in ("authorised", "failed") and (order.ended or withdrawn)) or (self.state == "back" and order.ended):
            self.move("cancelled")
        elif self.state == "cancelled" and not order.ended and not withdrawn:
            self.move("authorised")
        if self.state != before:
            self.version += 1

    def refuse_withdrawn(self, order: AuthorisedOrder) -> None:
        """Refused('line_withdrawn')."""
        if self.authorised < order.authorised:
            raise Refused("line_withdrawn", "The customer does not want this work any more.")

    def send(self, vendor: str, cost_fen: int, due_at: datetime, *, takes_car: bool, job_id: UUID | None) -> SubletSent:
        """The car, or a part of it, goes to the firm.  Refused('illegal_transition')."""
        self.move("out")
        self.vendor, self.cost_fen, self.due_at, self.takes_car, self.job_id = vendor, cost_fen, due_at, takes_car, job_id
        self.sent_at, self.sent_by = clock.now(), _whoever_asks()
        self.returned_at = self.taken_back_by = None
        return SubletSent(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            op_code=self.op_code,
            vendor=vendor,
            cost_fen=cost_fen,
            due_at=due_at,
            takes_car=takes_car,
            sent_at=self.sent_at,
        )

    def take_back(self, document_no: str, cost_fen: int | None) -> SubletReturned:
        """It is here again; `cost_fen` is what is billed, where it is not what was expected.  Refused('illegal_transition')."""
        self.move("back")
        self.returned_at, self.taken_back_by, self.document_no = clock.now(), _whoever_asks(), document_no
        self.cost_fen = self.cost_fen if cost_fen is None else cost_fen
        return SubletReturned(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            overdue=self.due_at is not None and self.due_at < self.returned_at,
            returned_at=self.returned_at,
        )

    def check(self, fault_code: str | None, remark: str | None) -> SubletPassed | SubletFailed:
        """The house's own quality check; a fault sends it back to the firm.  Refused: dealt_with_the_firm for who sent it out
        or took it back, illegal_transition."""
        checker = _whoever_asks()
        if checker in (self.sent_by, self.taken_back_by):
            raise Refused("dealt_with_the_firm", "Somebody who neither sent it out nor took it back must check it.")
        self.move("passed" if fault_code is None else "failed")
        self.checked_at, self.checked_by, self.fault_code, self.remark = clock.now(), checker, fault_code, remark
        if fault_code is None:
            return SubletPassed(
                about=self.next_version(self.ro_id),
                ro_id=self.ro_id,
                vendor=self.vendor or "",
                cost_fen=self.cost_fen or 0,
                document_no=self.document_no or "",
                inspector=checker,
                rework_no=self.rework_no,
                passed_at=self.checked_at,
            )
        self.rework_no += 1
        return SubletFailed(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            vendor=self.vendor or "",
            fault_code=fault_code,
            inspector=checker,
            rework_no=self.rework_no,
            failed_at=self.checked_at,
        )


def _whoever_asks() -> str:
    return cause().actor.removeprefix("user:")
