"""Accounts of customers with terms: what they owe the group on account, and how much they may owe."""

from datetime import date, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect
from shared.refusal import Refused


class AccountTerms(Terms, name="accounts"):
    """How long customers on account have time to pay."""

    payment_days: Annotated[int, Field(ge=0, le=365)] = 30
    """Where nothing else was agreed with the customer."""

    def due_on(self, issued_on: date, agreed_days: int | None) -> date:
        """The day by which an invoice of that day is to be paid."""
        return issued_on + timedelta(days=self.payment_days if agreed_days is None else agreed_days)


class CustomerAccount(Effect, Base):
    """What one customer owes on account in all stores together.  Belongs to the group, as its customer does; its row is
    locked by whoever books on it, so that no two stores give the same credit."""

    __tablename__ = "customer_accounts"
    __table_args__ = (CheckConstraint("owed_fen >= 0", name="owed"),)

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), primary_key=True)
    owed_fen: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(customer_id=key, owed_fen=0)

    def book(self, amount_fen: int, limit_fen: int | None) -> None:
        """Owe more.  Refused('credit_limit_exceeded') above the limit (None: there is none)."""
        if limit_fen is not None and self.owed_fen + amount_fen > limit_fen:
            raise Refused(
                "credit_limit_exceeded",
                "The customer's credit limit does not allow this.",
                limit_fen=limit_fen,
                owed_fen=self.owed_fen,
                amount_fen=amount_fen,
            )
        self._change(amount_fen)

    def settle(self, amount_fen: int) -> None:
        """Owe less: it was paid, or credited."""
        self._change(-amount_fen)

    def take_over(self, other: "CustomerAccount") -> None:
        """The other file turned out to be the same customer's."""
        owed = other.owed_fen
        other._change(-owed)
        self._change(owed)

    def _change(self, amount_fen: int) -> None:
        self.owed_fen += amount_fen
        self.cause_id = cause().id
