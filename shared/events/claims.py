"""What claims says.  The subject of every fact is the claim; one warranty job makes one claim."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part

__all__ = ["ClaimDecided", "ClaimPaid", "ClaimSubmitted", "DecidedLine"]


class ClaimSubmitted(Event):
    """A validated claim went to the maker."""

    type: ClassVar[str] = "claims.claim_submitted.v1"
    ro_id: UUID
    job_id: UUID
    claim_no: str
    claimed_fen: int
    submitted_at: AwareDatetime


class DecidedLine(Part):
    """The maker's decision on one line of the claim."""

    ro_line_id: UUID
    claimed_fen: int
    approved_fen: int
    reason_code: str | None = None


class ClaimDecided(Event):
    """The maker decided every line."""

    type: ClassVar[str] = "claims.claim_decided.v1"
    ro_id: UUID
    outcome: Literal["approved", "partially_approved", "rejected"]
    claimed_fen: int
    approved_fen: int
    lines: list[DecidedLine]
    decided_at: AwareDatetime


class ClaimPaid(Event):
    """The maker paid; `paid_fen` is the sum of all payments so far."""

    type: ClassVar[str] = "claims.claim_paid.v1"
    ro_id: UUID
    payment_id: UUID
    amount_fen: int
    paid_fen: int
    open_fen: int
    paid_at: AwareDatetime
