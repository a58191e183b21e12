"""What the house owes its members.  The subject of every fact is the membership."""

from typing import ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event, Part


class LiabilityLeg(Part):
    """One side of a transfer; all sides of one unit sum to zero."""

    account: str
    """Owed to the member: principal, bonus, points, package, voucher.  The house's: cash_received, refunds_paid, redeemed,
    breakage, points_short (taken back after they were spent), and bonus_expense, points_expense, package_expense,
    voucher_expense."""
    unit: str
    """fen, points, sessions (of package cards) or vouchers (pieces)."""
    amount: int
    """Positive: more is owed, or the house's account took it."""


class LiabilityMoved(Event):
    """Stored value, points, package cards or vouchers were given, used, refunded or lapsed.  Subject: the membership."""

    type: ClassVar[str] = "reception.liability_moved.v1"
    transfer_id: UUID
    kind: str
    """top_up, package_sale, voucher_issue, points_earned, points_taken_back, redemption, give_back, refund, expiry, ending."""
    method: str | None = None
    customer_id: UUID
    invoice_id: UUID | None = None
    legs: list[LiabilityLeg]
    moved_at: AwareDatetime
