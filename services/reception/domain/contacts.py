"""The people through whom a customer is reached."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared import clock
from shared.database import Effect, new_id
from shared.refusal import Refused

PHONE_TAIL = 4
"""How many last digits of the phone somebody is looked up by."""
DAY_MINUTES = 24 * 60


def tail_of(phone: str) -> str:
    """The last digits of a phone number, however it is written."""
    return digits_of(phone)[-PHONE_TAIL:]


def digits_of(phone: str) -> str:
    """A phone number without blanks, dashes and plus."""
    return "".join(char for char in phone if char.isdigit())


class Contact(Effect, Base):
    """One person of a customer: the owner, a driver, a fleet manager …; of the whole group, as the customer is.  It changes
    under the lock and the version of its customer.  Removed ones stay, because calls were made to them."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index("ix_contacts_customer_id", "customer_id", "id"),
        Index("ix_contacts_phone_tail", "phone_tail", "customer_id"),
        Index("ix_contacts_name", "name", "customer_id", postgresql_ops={"name": "text_pattern_ops"}),
        CheckConstraint("quiet_from_minutes BETWEEN 0 AND 1439 AND quiet_until_minutes BETWEEN 0 AND 1439", name="quiet_hours"),
        CheckConstraint("(quiet_from_minutes IS NULL) = (quiet_until_minutes IS NULL)", name="quiet_hours_both"),
        CheckConstraint("NOT (is_primary AND removed_at IS NOT NULL)", name="primary"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    name: Mapped[str]
    role: Mapped[str]
    phone: Mapped[str]
    phone_tail: Mapped[str]
    email: Mapped[str | None]
    channel: Mapped[str]
    quiet_from_minutes: Mapped[int | None]
    """Minutes of the day in the home store's zone; between the two (over midnight, when the first is larger) nobody calls."""
    quiet_until_minutes: Mapped[int | None]
    is_primary: Mapped[bool]
    """Whether this is whom the customer is reached through; one of each customer is."""
    removed_at: Mapped[datetime | None]

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"id": new_id(), **fields})
        self.phone_tail = tail_of(self.phone)

    @classmethod
    def of_customer(cls, customer_id: UUID) -> Select[Self]:
        """The customer's contacts that hold, oldest first."""
        return select(cls).where(cls.customer_id == customer_id, cls.removed_at.is_(None)).order_by(cls.id)

    @classmethod
    def primary_of(cls, customer_id: UUID) -> Select[Self]:
        """The one through whom the customer is reached; none where an older release opened the file."""
        return cls.of_customer(customer_id).where(cls.is_primary).limit(1)

    @property
    def quiet_from(self) -> str | None:
        """HH:MM"""
        return _clock_face(self.quiet_from_minutes)

    @property
    def quiet_until(self) -> str | None:
        """HH:MM"""
        return _clock_face(self.quiet_until_minutes)

    def change(self, **fields: Any) -> None:
        """Keep what is known of the person now (all fields)."""
        for name, value in fields.items():
            setattr(self, name, value)
        self.phone_tail = tail_of(self.phone)

    def remove(self) -> None:
        """This person is no longer called.  Refused('primary_contact') for who is asked for first."""
        if self.is_primary:
            raise Refused("primary_contact", "Name another first contact before removing this one.")
        self.removed_at = clock.now()

    def is_like(self, other: Self) -> bool:
        """Whether both entries are of one person."""
        return self.name == other.name and digits_of(self.phone) == digits_of(other.phone)


def _clock_face(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02d}:{minutes % 60:02d}"
