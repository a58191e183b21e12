"""The lines of a claim, and the payments that it brings."""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.claims.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore, new_id
from shared.events.parts import PartsIssued
from shared.events.reception import AuthorisedLine
from shared.money import split_line


class WarrantyLine(Effect, OfStore, Base):
    """A labour or part line of a repair order, as far as the maker pays for it; its id is the order's `ro_line_id`."""

    __tablename__ = "warranty_lines"
    __table_args__ = (
        CheckConstraint("kind IN ('labour', 'part')", name="kind"),
        CheckConstraint("claimed_fen >= 0", name="claimed"),
        CheckConstraint("approved_fen BETWEEN 0 AND claimed_fen", name="approved_within_claimed"),
        Index(None, "claim_id"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    claim_id: Mapped[UUID] = mapped_column(nullable=True)
    kind: Mapped[str] = mapped_column(nullable=True)
    code: Mapped[str | None]
    """Operation code or part number."""
    flat_hours_milli: Mapped[int | None]
    quantity_milli: Mapped[int | None]
    claimed_fen: Mapped[int | None]
    """The warranty's share of the line; None while the newest authorisation lets somebody else pay it."""
    issued_at: Mapped[datetime | None]
    cost_fen: Mapped[int | None]
    """What the issued parts cost us."""
    issued_epoch: Mapped[int]
    issued_version: Mapped[int]
    approved_fen: Mapped[int | None]
    reason_code: Mapped[str | None]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "WarrantyLine":
        """A line of which nothing was heard yet."""
        return cls(id=key, store_id=store_id, issued_epoch=0, issued_version=0)

    @property
    def claimed(self) -> bool:
        """Whether the line belongs to the claim."""
        return self.claimed_fen is not None

    def belong(self, claim_id: UUID, kind: str) -> None:
        """What never changes of a line, whichever fact tells it."""
        self.claim_id, self.kind = claim_id, kind

    def authorise(self, said: AuthorisedLine | None) -> None:
        """Take over what is authorised at the maker's cost; None = nothing of this line."""
        self.code = (said.op_code or said.part_no) if said else None
        self.flat_hours_milli = said.flat_hours_milli if said else None
        self.quantity_milli = said.quantity_milli if said else None
        self.claimed_fen = warranty_share_fen(said) if said else None
        self.cause_id = cause().id

    def issue(self, fact: PartsIssued) -> None:
        """The part was handed to the job."""
        self.belong(fact.job_id, "part")
        if fact.about.order > (self.issued_epoch, self.issued_version):
            self.issued_epoch, self.issued_version = fact.about.order
            self.issued_at, self.cost_fen = fact.issued_at, fact.cost_fen


class ClaimPayment(Effect, OfStore, Base):
    """Money that came in for a claim; written once, never changed."""

    __tablename__ = "claim_payments"
    __table_args__ = (
        UniqueConstraint("claim_id", "reference"),
        CheckConstraint("amount_fen > 0", name="amount"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    claim_id: Mapped[UUID] = mapped_column(ForeignKey("claims.id"))
    amount_fen: Mapped[int]
    reference: Mapped[str]
    paid_at: Mapped[datetime]


def warranty_share_bp(line: AuthorisedLine) -> int:
    """The maker's share of a line in basis points."""
    return sum(share.share_bp for share in line.payers if share.payer == "warranty")


def warranty_share_fen(line: AuthorisedLine) -> int:
    """The maker's share of a line in fen, as it stands in the maker's invoice.  Refused('shares_not_whole') for payers who do
    not share the line among them."""
    shares_bp = Counter[str]()
    for share in line.payers:
        shares_bp[share.payer] += share.share_bp
    return split_line(line.amount_fen, shares_bp, line.deductible_fen).get("warranty", 0)
