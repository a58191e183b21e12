"""The part lines of repair orders, from the customer's yes to the job's hands."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.parts.domain.catalogue import Part
from services.parts.domain.orders import AuthorisedOrder
from services.parts.domain.stock import StockLevel
from services.parts.domain.tables import Base, PartNo
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.refusal import Refused


class PartLine(Aggregate, Stated, Base):
    """A part that an authorised repair order needs; its id is the order's `ro_line_id`.  Part and quantity never change under
    one id; the promise may.  Withdrawn: the newest authorisation no longer names it; what was issued stays issued."""

    __tablename__ = "part_lines"
    __table_args__ = (
        CheckConstraint("state IN ('requested', 'backordered', 'reserved', 'issued', 'withdrawn')", name="state"),
        CheckConstraint("quantity_milli > 0", name="quantity"),
        CheckConstraint(
            "authorised_version = 0 OR num_nulls(ro_id, job_id, part_no, quantity_milli, promised_at) = 0", name="filled"
        ),
        Index(None, "store_id", "state", "id"),
        Index(None, "ro_id"),
        Index("ix_part_lines_waiting", "store_id", "part_no", "promised_at", "id", postgresql_where="state = 'backordered'"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("requested", "reserved"),
            ("requested", "backordered"),
            ("backordered", "reserved"),
            ("reserved", "issued"),
            ("requested", "withdrawn"),
            ("backordered", "withdrawn"),
            ("reserved", "withdrawn"),
            ("withdrawn", "reserved"),
            ("withdrawn", "backordered"),
        }
    )
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    job_id: Mapped[UUID] = mapped_column(nullable=True)
    part_no: Mapped[PartNo] = mapped_column(nullable=True)
    quantity_milli: Mapped[int] = mapped_column(nullable=True)
    promised_at: Mapped[datetime] = mapped_column(nullable=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    """The newest `work_authorised` of the repair order that spoke of this line."""
    short_milli: Mapped[int]
    """What the shelf lacked when the line was back-ordered, 0 once it is reserved."""
    eta_at: Mapped[datetime | None]
    cost_fen: Mapped[int | None]
    """What the issued parts cost us."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "PartLine":
        """A line of which nothing was heard yet."""
        return cls(
            id=key, store_id=store_id, state="requested", state_seq=0, authorised_epoch=0, authorised_version=0, short_milli=0
        )

    def authorise(self, line: AuthorisedLine, by: WorkAuthorised) -> None:
        """Take over what reception says of this line unless something newer is known.

        Refused('line_incomplete') without part, quantity or job.
        """
        if by.about.order <= (self.authorised_epoch, self.authorised_version):
            return
        if self.authorised_version == 0:
            self._begin(line, by)
        elif by.promised_at != self.promised_at:
            self.version += 1
        self.authorised_epoch, self.authorised_version = by.about.order
        self.promised_at = by.promised_at

    def _begin(self, line: AuthorisedLine, by: WorkAuthorised) -> None:
        if line.part_no is None or line.labour_line_id is None or not line.quantity_milli:
            raise Refused("line_incomplete", "A part line names its part, quantity and job.", ro_line_id=str(self.id))
        self.ro_id, self.job_id = by.about.subject, line.labour_line_id
        self.part_no, self.quantity_milli = line.part_no, line.quantity_milli
        self.cause_id = cause().id
        self.begin("requested")

    def is_named_by(self, order: AuthorisedOrder) -> bool:
        """Whether the order's newest authorisation names this line."""
        return (self.authorised_epoch, self.authorised_version) == order.authorised

    @property
    def is_unallotted(self) -> bool:
        """Whether nothing lies on the shelf, or is awaited, for this line."""
        return self.state in ("requested", "withdrawn")

    def withdraw(self, level: StockLevel) -> None:
        """The line is no longer authorised: what is reserved goes back, who waits leaves the queue.  Parts that were issued
        stay with the job."""
        if self.state in ("withdrawn", "issued"):
            return
        if self.state == "reserved":
            level.release(self.quantity_milli, self.id)
        elif self.state == "backordered":
            level.wait(-self.quantity_milli)
        self.move("withdrawn")
        self.short_milli, self.eta_at = 0, None
        self.version += 1

    def fits(self, level: StockLevel) -> bool:
        """Whether a newcomer with this quantity can be met at once."""
        return self.quantity_milli <= level.free_milli

    def reserve(self, level: StockLevel) -> PartsReserved:
        """Reserve the whole quantity; a line that waited leaves the queue."""
        waited = self.state == "backordered"
        self.move("reserved")
        level.reserve(self.quantity_milli, self.id)
        if waited:
            level.wait(-self.quantity_milli)
        self.short_milli, self.eta_at = 0, None
        return PartsReserved(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            reserved_at=clock.now(),
        )

    def backorder(self, level: StockLevel, eta_at: datetime | None) -> PartsBackordered:
        """Join the queue for the part; `eta_at` is when the supplier is expected, None when the part is not known."""
        self.move("backordered")
        self.short_milli, self.eta_at = self.quantity_milli - level.free_milli, eta_at
        level.wait(self.quantity_milli)
        return PartsBackordered(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            short_milli=self.short_milli,
            eta_at=eta_at,
            backordered_at=clock.now(),
        )

    def only_reserved_parts_may_be_issued(self) -> None:
        """Refused('illegal_transition') for a line that is not reserved, told before anybody locks the shelf."""
        if self.state != "reserved":
            raise Refused("illegal_transition", "Only reserved parts can be issued.", state=self.state, wanted="issued")

    def issue(self, level: StockLevel, part: Part | None) -> PartsIssued:
        """Hand the whole quantity to the job at the catalogue's cost; Refused('part_not_in_catalogue') without one."""
        self.only_reserved_parts_may_be_issued()
        self.move("issued")
        if part is None:
            raise Refused("part_not_in_catalogue", "The catalogue does not keep this part.", part_nos=[self.part_no])
        self.cost_fen = part.cost_of(self.quantity_milli)
        level.issue(self.quantity_milli, self.cost_fen, self.id)
        return PartsIssued(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            part_no=self.part_no,
            quantity_milli=self.quantity_milli,
            cost_fen=self.cost_fen,
            issued_at=clock.now(),
        )
