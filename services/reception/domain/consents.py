"""What customers allowed, word for word and day for day: a ledger in which the newest word on each purpose counts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.customers import Customer
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, new_id

SERVICE_CALLS = "service_calls"
"""The purpose that `Customer.consent` speaks of."""


class Consent(Effect, Base):
    """One word of a customer on one purpose; never changed.  It keeps the id of the file that it was given to."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_customer_id", "customer_id", "at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    purpose: Mapped[str]
    """service_calls, surveys, marketing, photos"""
    text_version: Mapped[str]
    """Which text was shown or read out."""
    channel: Mapped[str]
    given: Mapped[bool]
    """False: refused, or withdrawn."""
    at: Mapped[datetime]
    by: Mapped[str]
    """Who took the word down."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"at": clock.now(), "by": cause().actor, **fields})

    @classmethod
    def of_customer(cls, customer_id: UUID) -> Select[Self]:
        """All words of the customer, given to this file or to one merged into it, oldest first."""
        return select(cls).where(cls.customer_id.in_(Customer.same_file(customer_id))).order_by(cls.at, cls.id)


def in_force(words: Iterable[Consent]) -> dict[str, Consent]:
    """By purpose the newest word; `words` stand in their order."""
    return {word.purpose: word for word in words}


def agreed(words: Iterable[Consent]) -> set[str]:
    """The purposes beyond service calls to which the customer agrees now."""
    return {purpose for purpose, word in in_force(words).items() if word.given} - {SERVICE_CALLS}
