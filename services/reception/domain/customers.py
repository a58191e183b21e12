"""The customer's file: one per person or company in the whole group."""

from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.database import Aggregate
from shared.events.reception import ContactChanged

PHONE_TAIL = 4
"""How many last digits of the phone a customer is looked up by."""
_HOUSE = uuid5(NAMESPACE_URL, "urn:loop4s:house-customer")


def house_id(store_id: str) -> UUID:
    """The id of the customer that stands for the store itself, whose are the cars in its stock."""
    return uuid5(_HOUSE, store_id)


class Customer(Aggregate, Base):
    """A person or company that brings cars.  Belongs to the group; the home store is information only."""

    __tablename__ = "customers"
    __table_args__ = (
        Index("ix_customers_phone_tail", "phone_tail", "id"),
        Index("ix_customers_name", "name", "id"),
    )

    store_id: Mapped[str] = mapped_column("home_store_id")
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Text(collation="C"))
    """Compared by code points, so that an index finds how a name begins and lists what it found in order."""
    phone: Mapped[str]
    phone_tail: Mapped[str]
    channel: Mapped[str]
    consent: Mapped[bool]
    account_terms: Mapped[bool]
    """Whether invoices may be put on account."""
    credit_limit_fen: Mapped[int | None]
    """The most that may stand on account in all stores together; None: no limit."""
    payment_days: Mapped[int | None]
    """How many days after the bill an amount on account is due."""

    def agree_terms(self, *, account_terms: bool, credit_limit_fen: int | None, payment_days: int | None) -> None:
        """Set what the customer may owe, and how long."""
        self.account_terms, self.credit_limit_fen, self.payment_days = account_terms, credit_limit_fen, payment_days
        self.version += 1

    def reach_by(self, *, name: str, phone: str, channel: str, consent: bool) -> ContactChanged:
        """Keep how the customer may be reached from now on."""
        self.name, self.phone, self.channel, self.consent = name, phone, channel, consent
        self.phone_tail = "".join(char for char in phone if char.isdigit())[-PHONE_TAIL:]
        return ContactChanged(about=self.next_version(), name=name, phone=phone, channel=channel, consent=consent)
