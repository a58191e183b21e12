"""Supplements (增项): what the workshop found beyond the agreement, priced here, decided by the customer."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated
from shared.events.reception import LineDecision, SupplementDecided
from shared.events.workshop import SupplementProposed
from shared.refusal import Invalid, Refused


class SupplementTerms(Terms, name="supplements"):
    """From how much additional work on a manager agrees before the customer is bound (C6)."""

    manager_above_bp: Annotated[int, Field(ge=0, le=1_000_000)] = 5_000
    """All approved supplements together, in basis points of the first agreement."""


class Supplement(Aggregate, Stated, Base):
    """proposed -> priced -> decided; priced anew as often as it takes; or, while undecided, withdrawn: not to be done on this
    visit any more."""

    __tablename__ = "supplements"
    __table_args__ = (
        CheckConstraint("state IN ('proposed', 'priced', 'decided', 'withdrawn')", name="state"),
        CheckConstraint("state_seq = 0 OR num_nulls(ro_id, job_id, technician, proposed_at) = 0", name="filled"),
        Index(None, "store_id", "state", "id"),
        Index(None, "ro_id"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("proposed", "priced"),
            ("priced", "priced"),
            ("priced", "decided"),
            ("proposed", "withdrawn"),
            ("priced", "withdrawn"),
        }
    )
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    job_id: Mapped[UUID] = mapped_column(nullable=True)
    technician: Mapped[str] = mapped_column(nullable=True)
    lines: Mapped[list[dict[str, Any]]]
    """As the workshop proposed them."""
    proposed_at: Mapped[datetime] = mapped_column(nullable=True)
    estimate_id: Mapped[UUID | None]
    not_offered: Mapped[list[dict[str, Any]]]
    decided_at: Mapped[datetime | None]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A supplement of which nothing was applied yet."""
        return cls(id=key, store_id=store_id, state="proposed", state_seq=0, lines=[], not_offered=[])

    def propose(self, event: SupplementProposed) -> None:
        """Keep what the workshop proposed; said once, so that repeating it changes nothing."""
        if self.state_seq:
            return
        self.ro_id, self.job_id, self.technician = event.ro_id, event.job_id, event.technician
        self.lines = [line.model_dump(mode="json") for line in event.lines]
        self.proposed_at, self.cause_id = event.proposed_at, cause().id
        self.begin("proposed")
        self.version += 1

    def severity_of(self, line_id: UUID) -> str:
        """The workshop's grade of a line: safety, soon, advice."""
        return next((str(line["severity"]) for line in self.lines if line["line_id"] == str(line_id)), "advice")

    def offer(self, estimate_id: UUID, priced: set[UUID], left_out: list[dict[str, Any]]) -> None:
        """Priced, in place of the price before; Invalid(`line_unknown`, `line_not_priced`): every line is priced or left out
        for a reason."""
        proposed = {UUID(line["line_id"]) for line in self.lines}
        left = {UUID(str(line["line_id"])) for line in left_out}
        if (priced | left) - proposed:
            raise Invalid("body.lines", "line_unknown", "The workshop has not proposed such a line.")
        if proposed - priced - left or priced & left:
            raise Invalid("body.lines", "line_not_priced", "Each proposed line is either priced or left out for a reason.")
        self.move("priced")
        self.estimate_id, self.not_offered = estimate_id, left_out
        self.version += 1

    def refuse_another_decision(self) -> None:
        """Refused('illegal_transition') unless it is priced and undecided."""
        if self.state != "priced":
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="decided")

    def decide(self, decisions: list[LineDecision], approved_fen: int, channel: str) -> SupplementDecided:
        """Say, line by line, what the customer decided.  Refused('illegal_transition') unless it is priced and undecided."""
        self.move("decided")
        self.decided_at = clock.now()
        return SupplementDecided(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.job_id,
            decisions=decisions,
            approved_fen=approved_fen,
            channel=channel,
            decided_at=self.decided_at,
        )

    def withdraw(self) -> None:
        """Not on this visit any more."""
        self.move("withdrawn")
        self.version += 1
