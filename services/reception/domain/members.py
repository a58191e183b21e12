"""Members (会员): one membership per customer, and the terms of what members get."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.ledger import Transfer
from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.events.reception import LiabilityLeg, LiabilityMoved
from shared.refusal import Refused

Amount = Annotated[int, Field(strict=True, ge=0, le=10**9)]
ValidDays = Annotated[int, Field(strict=True, ge=1, le=3_650)]


class MembershipTerms(Terms, name="membership"):
    """What members get in a store (R14)."""

    stored_value_cap_fen: Annotated[int, Field(strict=True, ge=0, le=500_000)] = 500_000
    """Most that may stand on one member's stored value: 5,000 yuan for a card in its owner's name (单用途商业预付卡管理办法,
    Order 9 of the Ministry of Commerce, 2012).  By the same rules such a card never expires and can be redeemed, so that no
    policy lets paid-in value lapse."""
    bonus_bp: Annotated[int, Field(strict=True, ge=0, le=10_000)] = 0
    """Bonus on a top-up, as a share of what is paid in."""
    bonus_from_fen: Amount = 0
    """Smallest top-up that brings a bonus."""
    bonus_days: ValidDays | None = None
    """How long a bonus can be used; None: as long as there is a membership."""
    points_per_yuan: Annotated[int, Field(strict=True, ge=0, le=1_000)] = 1
    point_worth_fen: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 1
    points_days: ValidDays = 365

    def bonus_on(self, amount_fen: int) -> int:
        """The bonus that this top-up brings."""
        return amount_fen * self.bonus_bp // 10_000 if amount_fen >= self.bonus_from_fen else 0


class Member(Aggregate, Base):
    """One customer's membership.  Belongs to the group, as the customer does; its row is locked by whoever moves anything that
    the member holds."""

    __tablename__ = "members"
    __table_args__ = (
        Index("uq_members_customer_id", "customer_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_members_customer_id", "customer_id", "id"),
        Index("ix_members_merged_into", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("ix_members_next_expiry_at", "next_expiry_at", postgresql_where=text("next_expiry_at IS NOT NULL")),
        CheckConstraint("points_short >= 0", name="points_short"),
        CheckConstraint("merged_into IS NULL OR ended_at IS NOT NULL", name="merged"),
        CheckConstraint("(end_reason IS NULL) = (ended_by IS NULL)", name="end_reason"),
    )

    store_id: Mapped[str] = mapped_column("joined_store_id")
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    """The file that holds; it follows merges."""
    member_no: Mapped[str] = mapped_column(unique=True)
    tier: Mapped[str | None]
    joined_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    ended_by: Mapped[str | None]
    """Who ended it and why; None where it was merged."""
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("members.id"))
    """The membership of the same customer that has what this one held."""
    points_short: Mapped[int]
    """Points that were taken back after they had been spent: the next ones earned make up for them."""
    next_expiry_at: Mapped[datetime | None]
    """When the first of the member's holdings expires."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"joined_at": clock.now(), "points_short": 0, **fields})
        self.version = 1

    def refuse_ended(self) -> None:
        """Refused('membership_ended')."""
        if self.ended_at is not None:
            raise Refused("membership_ended", "The membership ended.", member_id=self.id, into_member_id=self.merged_into)

    def book(self, transfer: Transfer, correlation: UUID | None = None) -> LiabilityMoved:
        """Say what moved; ValueError where the legs do not sum to zero."""
        transfer.refuse_unbalanced()
        about = self.next_version(correlation).model_copy(update={"store_id": transfer.store_id})
        return LiabilityMoved(
            about=about,
            transfer_id=transfer.id,
            kind=transfer.kind,
            method=transfer.method,
            customer_id=self.customer_id,
            invoice_id=transfer.invoice_id,
            legs=[LiabilityLeg(account=leg.account, unit=leg.unit, amount=leg.amount) for leg in transfer.legs],
            moved_at=transfer.moved_at,
        )

    def give_up_for(self, survivor: "Member") -> None:
        """The customer's two files are one, and so are the memberships."""
        self.merged_into, self.ended_at, self.next_expiry_at = survivor.id, clock.now(), None
        survivor.points_short += self.points_short
        self.points_short = 0
        self.version += 1
        survivor.version += 1
