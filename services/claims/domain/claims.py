"""The claim: expected, drafted, judged, submitted, decided line by line, paid."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from services.claims.domain.lines import ClaimPayment, WarrantyLine
from services.claims.domain.repairs import AuthorisedOrder, Vehicle
from services.claims.domain.tables import Base
from services.claims.domain.warranty import WarrantyPolicy, judge
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated, new_id
from shared.events.claims import ClaimDecided, ClaimPaid, ClaimSubmitted, DecidedLine
from shared.events.reception import AuthorisedLine
from shared.events.workshop import JobCompleted
from shared.refusal import Invalid, Refused

UNSUBMITTED = frozenset({"expected", "draft", "validated", "invalid"})
PAYABLE = frozenset({"approved", "partially_approved", "short_paid"})


class Claim(Aggregate, Stated, Base):
    """What the maker owes for one warranty job; its id is the job's (= the labour line's)."""

    __tablename__ = "claims"
    __table_args__ = (
        UniqueConstraint("store_id", "claim_no"),
        CheckConstraint(
            "state IN ('expected', 'draft', 'validated', 'invalid', 'submitted', 'approved', 'partially_approved', 'rejected',"
            " 'short_paid', 'paid')",
            name="state",
        ),
        CheckConstraint("0 <= approved_fen AND approved_fen <= claimed_fen", name="approved_within_claimed"),
        CheckConstraint("0 <= paid_fen AND paid_fen <= COALESCE(approved_fen, 0)", name="paid_within_approved"),
        Index(None, "store_id", "state", "id"),
        Index(None, "ro_id"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("expected", "draft"),
            *((judged, to) for judged in ("draft", "validated", "invalid") for to in ("expected", "draft") if judged != to),
            ("draft", "validated"),
            ("draft", "invalid"),
            ("invalid", "validated"),
            ("validated", "invalid"),
            ("validated", "submitted"),
            *(("submitted", outcome) for outcome in ("approved", "partially_approved", "rejected")),
            *((decided, to) for decided in ("approved", "partially_approved") for to in ("short_paid", "paid")),
            ("short_paid", "paid"),
        }
    )
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    ro_id: Mapped[UUID] = mapped_column(nullable=True)
    warranty: Mapped[bool]
    """Whether the newest authorisation lets the maker pay for something of the job."""
    op_code: Mapped[str | None]
    cause: Mapped[str | None]
    correction: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    completed_epoch: Mapped[int]
    completed_version: Mapped[int]
    failures: Mapped[list[str]]
    """What spoke against the claim when it was judged last."""
    judged_at: Mapped[datetime | None]
    policy_id: Mapped[UUID | None] = mapped_column(ForeignKey("policies.id"))
    policy_version: Mapped[int | None]
    claim_no: Mapped[str | None]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    claimed_fen: Mapped[int]
    approved_fen: Mapped[int | None]
    paid_fen: Mapped[int]
    lines: Mapped[list[WarrantyLine]] = relationship(
        primaryjoin="Claim.id == foreign(WarrantyLine.claim_id)", lazy="raise", order_by=WarrantyLine.id
    )
    payments: Mapped[list[ClaimPayment]] = relationship(lazy="raise", order_by=ClaimPayment.id)

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "Claim":
        """A job of which nothing was heard yet."""
        return cls(
            id=key,
            store_id=store_id,
            state="expected",
            state_seq=0,
            warranty=False,
            completed_epoch=0,
            completed_version=0,
            failures=[],
            claimed_fen=0,
            paid_fen=0,
        )

    @property
    def claimed_lines(self) -> list[WarrantyLine]:
        """The lines that the maker shall pay; a line of the job that somebody else pays is none of them."""
        return [line for line in self.lines if line.claimed]

    @property
    def open_fen(self) -> int:
        """What the maker has approved and not yet paid."""
        return (self.approved_fen or 0) - self.paid_fen

    def authorise(self, said: Mapping[UUID, AuthorisedLine]) -> None:
        """Follow the newest authorisation: `said` are the job's lines with a share of the maker.  What was submitted stays."""
        if self.state in UNSUBMITTED:
            for line in self.lines:
                line.authorise(said.get(line.id))
            self.claimed_fen = sum(line.claimed_fen or 0 for line in self.lines)
            self.warranty = bool(said)
            self._follow()

    def complete(self, fact: JobCompleted) -> None:
        """The job passed its quality check.  What was submitted stays."""
        if self.state in UNSUBMITTED and fact.about.order > (self.completed_epoch, self.completed_version):
            self.completed_epoch, self.completed_version = fact.about.order
            self.ro_id, self.op_code, self.completed_at = fact.ro_id, fact.op_code, fact.completed_at
            self.cause, self.correction = fact.cause, fact.correction
            self._follow()

    def _follow(self) -> None:
        """Something that was judged changed: it is a draft again, or not even that."""
        if not self.state_seq:
            self.begin("expected")
        wanted = "draft" if self.warranty and self.completed_at else "expected"
        if wanted != self.state:
            self.move(wanted)
        self.failures, self.judged_at, self.policy_id, self.policy_version = [], None, None, None
        self.version += 1
        self.cause_id = cause().id

    def validate(
        self, repair: AuthorisedOrder, vehicle: Vehicle | None, policies: Iterable[WarrantyPolicy], time_zone: str
    ) -> None:
        """Judge by the policy that was in force on the repair date; `failures` then holds all that speaks against the claim."""
        if self.state not in ("draft", "invalid", "validated"):
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="validated")
        judgement = judge(repair, vehicle, policies, time_zone=time_zone)
        self.failures = [*judgement.failures, *self._own_failures()]
        self.judged_at = clock.now()
        self.policy_id = judgement.policy.id if judgement.policy else None
        self.policy_version = judgement.policy.version if judgement.policy else None
        outcome = "invalid" if self.failures else "validated"
        if outcome != self.state:
            self.move(outcome)
        self.version += 1

    def _own_failures(self) -> list[str]:
        failures = []
        if not (self.cause or "").strip():
            failures.append("cause_missing")
        if any(line.kind == "part" and line.issued_at is None for line in self.claimed_lines):
            failures.append("part_not_issued")
        if not self.claimed_fen:
            failures.append("nothing_claimed")
        return failures

    def submit(self, claim_no: str) -> ClaimSubmitted:
        """Send the validated claim to the maker."""
        self.move("submitted")
        self.claim_no, self.submitted_at = claim_no, clock.now()
        return ClaimSubmitted(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            job_id=self.id,
            claim_no=claim_no,
            claimed_fen=self.claimed_fen,
            submitted_at=self.submitted_at,
        )

    def decide(self, decisions: Iterable[tuple[UUID, int, str | None]]) -> ClaimDecided:
        """The maker decided: (line, approved fen, reason code) for every line exactly once, none above what was claimed."""
        if self.state != "submitted":
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="approved")
        decided = list(decisions)
        lines = {line.id: line for line in self.claimed_lines}
        if Counter(id for id, _, _ in decided) != Counter(lines.keys()):
            raise Invalid("body.lines", "lines_not_each_once", "Decide every line of the claim exactly once.", lines=len(lines))
        for id, approved_fen, reason_code in decided:
            if approved_fen > (lines[id].claimed_fen or 0):
                raise Invalid("body.lines", "approved_above_claimed", "No more can be approved than was claimed.", line=str(id))
            lines[id].approved_fen, lines[id].reason_code = approved_fen, reason_code
        approved_fen = sum(approved for _, approved, _ in decided)
        outcome = _outcome(approved_fen, self.claimed_fen)
        self.move(outcome)
        self.approved_fen, self.decided_at = approved_fen, clock.now()
        return ClaimDecided(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            outcome=outcome,
            claimed_fen=self.claimed_fen,
            approved_fen=approved_fen,
            lines=[
                DecidedLine(
                    ro_line_id=line.id,
                    claimed_fen=line.claimed_fen or 0,
                    approved_fen=line.approved_fen or 0,
                    reason_code=line.reason_code,
                )
                for line in lines.values()
            ],
            decided_at=self.decided_at,
        )

    def pay(self, amount_fen: int, reference: str, *, final: bool = False) -> ClaimPaid:
        """Money came in; never more than is open.  `final`: the maker says that no more will come; what is still open then was
        paid short.  Otherwise it is an instalment, after which the claim stays as it is until all is paid."""
        if self.state not in PAYABLE:
            raise Refused("claim_not_payable", "Nothing is owed for this claim.", state=self.state)
        if any(payment.reference == reference for payment in self.payments):
            raise Refused("payment_recorded_already", "This payment was recorded before.")
        if amount_fen > self.open_fen:
            raise Refused("payment_above_open_amount", "The maker owes less than that.", open_fen=self.open_fen)
        self.paid_fen += amount_fen
        state = self._paid_state(final)
        if state != self.state:
            self.move(state)
        payment = ClaimPayment(
            id=new_id(),
            store_id=self.store_id,
            claim_id=self.id,
            amount_fen=amount_fen,
            reference=reference,
            paid_at=clock.now(),
        )
        self.payments.append(payment)
        return ClaimPaid(
            about=self.next_version(self.ro_id),
            ro_id=self.ro_id,
            payment_id=payment.id,
            amount_fen=amount_fen,
            paid_fen=self.paid_fen,
            open_fen=self.open_fen,
            paid_at=payment.paid_at,
        )

    def _paid_state(self, final: bool) -> str:
        if not self.open_fen:
            return "paid"
        return "short_paid" if final else self.state


def _outcome(approved_fen: int, claimed_fen: int) -> Literal["approved", "partially_approved", "rejected"]:
    if approved_fen == claimed_fen:
        return "approved"
    return "partially_approved" if approved_fen else "rejected"
