"""The customer's file: one per person or company in the whole group."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import CheckConstraint, ForeignKey, Index, Select, Text, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.contacts import Contact, tail_of
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.events.reception import ContactChanged, CustomerMerged
from shared.refusal import Invalid, Refused

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
        Index("ix_customers_fleet", "fleet", "id", postgresql_where="fleet IS NOT NULL"),
        Index("ix_customers_vip", "vip_level", "id", postgresql_where="vip_level > 0"),
        Index("ix_customers_merged_into", "merged_into", postgresql_where="merged_into IS NOT NULL"),
        CheckConstraint("vip_level BETWEEN 0 AND 3", name="vip_level"),
        CheckConstraint("credit_limit_fen >= 0 AND payment_days >= 0", name="credit"),
        CheckConstraint("merged_into <> id", name="merged_into"),
    )

    store_id: Mapped[str] = mapped_column("home_store_id")
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(Text(collation="C"))
    """Compared by code points, so that an index finds how a name begins and lists what it found in order."""
    phone: Mapped[str]
    """Of the primary contact, as the channel is."""
    phone_tail: Mapped[str]
    channel: Mapped[str]
    consent: Mapped[bool]
    """Whether the customer may be called after a visit: the newest word on the purpose `service_calls`."""
    account_terms: Mapped[bool]
    """Whether invoices may be put on account."""
    address: Mapped[str | None]
    services_wished: Mapped[str | None]
    """What the customer would like to be offered, in their own words."""
    confirmed_at: Mapped[datetime | None]
    """When the customer last said that the file is right."""
    credit_limit_fen: Mapped[int | None]
    payment_days: Mapped[int | None]
    vip_level: Mapped[int] = mapped_column(default=0, server_default="0")
    """0: none, to 3: the highest."""
    fleet: Mapped[str | None]
    price_agreement: Mapped[str | None]
    """Code of the agreement by which the fleet's work is priced."""
    merged_into: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    """The file of the same customer in favour of which this one was given up."""
    merged_at: Mapped[datetime | None]

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"vip_level": 0, **fields})

    @classmethod
    def survivor_of(cls, id: UUID) -> Select[UUID]:
        """The id of the file that holds for this one: itself, or the last of the chain of merges that begins with it."""
        chain = select(cls.id, cls.merged_into).where(cls.id == id).cte("chain", recursive=True)
        chain = chain.union_all(select(cls.id, cls.merged_into).where(cls.id == chain.c.merged_into))
        return select(chain.c.id).where(chain.c.merged_into.is_(None))

    @classmethod
    def same_file(cls, id: UUID) -> Select[UUID]:
        """The ids under which things of this customer were signed: its own, and those of all files merged into it."""
        whole = select(cls.id).where(cls.id == id).cte("whole", recursive=True)
        whole = whole.union_all(select(cls.id).where(cls.merged_into == whole.c.id))
        return select(whole.c.id)

    def refuse_merged(self, survivor_id: UUID | None) -> None:
        """Refused('customer_merged') with the file that holds now, when this one was given up."""
        if self.merged_into is not None:
            raise Refused(
                "customer_merged",
                "This file was given up; write to the one that holds.",
                customer_id=self.id,
                into_customer_id=survivor_id or self.merged_into,
            )

    def reach_by(
        self,
        *,
        name: str,
        phone: str,
        channel: str,
        consent: bool,
        through: Contact | None = None,
        agreed: Iterable[str] = (),
    ) -> ContactChanged:
        """Keep how the customer may be reached from now on, and through whom; `agreed`: see `reachable`."""
        if through is not None:
            if through.name == self.name:  # not somebody else whom a company names
                through.name = name
            through.phone, through.phone_tail, through.channel = phone, tail_of(phone), channel
        self.name, self.phone, self.channel, self.consent = name, phone, channel, consent
        self.phone_tail = tail_of(phone)
        return self.reachable(through, agreed)

    def put_first(self, contact: Contact, before: Contact | None) -> None:
        """From now on this is who is asked for, in place of whoever was `before`."""
        if before is not None:
            before.is_primary = False
        contact.is_primary = True
        self.phone, self.phone_tail, self.channel = contact.phone, contact.phone_tail, contact.channel

    def reachable(self, through: Contact | None, agreed: Iterable[str]) -> ContactChanged:
        """Say how the customer may be reached: through the primary contact, where there is one; `agreed` are the purposes
        beyond service calls."""
        name = self.name if through is None or through.name == self.name else f"{self.name} {through.name}"
        return ContactChanged(
            about=self.next_version(),
            name=name,
            phone=self.phone,
            channel=self.channel,
            consent=self.consent,
            consents=sorted(agreed),
            quiet_from=through.quiet_from if through else None,
            quiet_until=through.quiet_until if through else None,
        )

    def describe(self, *, address: str | None, services_wished: str | None) -> None:
        """Complete the file; None leaves a field as it is."""
        self.address = self.address if address is None else address
        self.services_wished = self.services_wished if services_wished is None else services_wished
        self.confirm()
        self.version += 1

    def confirm(self) -> None:
        """The customer said that the file is right."""
        self.confirmed_at = clock.now()

    def agree_terms(
        self,
        *,
        account_terms: bool,
        credit_limit_fen: int | None,
        payment_days: int | None,
        vip_level: int,
        fleet: str | None,
        price_agreement: str | None,
    ) -> None:
        """All terms of the customer, in place of those before.  Invalid('account_terms_missing') for credit without account."""
        for field, value in (("credit_limit_fen", credit_limit_fen), ("payment_days", payment_days)):
            if value is not None and not account_terms:
                raise Invalid(f"body.{field}", "account_terms_missing", "Credit is for who may put invoices on account.")
        self.account_terms, self.credit_limit_fen, self.payment_days = account_terms, credit_limit_fen, payment_days
        self.vip_level, self.fleet, self.price_agreement = vip_level, fleet, price_agreement
        self.version += 1

    def give_up_for(self, survivor: Self) -> CustomerMerged:
        """Both files are one customer's; the other one holds from now on.

        Invalid(`merge_into_itself`), Refused(`kinds_differ`)."""
        if self.id == survivor.id:
            raise Invalid("body.into_customer_id", "merge_into_itself", "A file cannot be merged into itself.")
        if self.kind != survivor.kind:
            raise Refused("kinds_differ", "A person's file and a company's are not the same customer's.")
        self.merged_into, self.merged_at = survivor.id, clock.now()
        return CustomerMerged(about=self.next_version(), into_customer_id=survivor.id, merged_at=self.merged_at)
