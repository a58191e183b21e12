"""How customers may be reached: a replica of reception's file."""

from typing import Self
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.followup.domain.tables import Base
from shared.cause import cause
from shared.database import Effect
from shared.events.reception import ContactChanged, CustomerMerged


class Contact(Effect, Base):
    """Personal.  How a customer of the group may be reached now.

    Who gave no consent is not called: the phone is shown to nobody and no call can be logged.  The survey opens all the same,
    because the customer may answer by themselves, at the counter or by calling; it stays open as long as they do not.
    """

    __tablename__ = "contacts"
    customer_id: Mapped[UUID] = mapped_column(primary_key=True)
    # Nullable in the table only: a stub is a mere key until the fact that fills it is applied.
    name: Mapped[str] = mapped_column(nullable=True)
    phone: Mapped[str] = mapped_column(nullable=True)
    channel: Mapped[str] = mapped_column(nullable=True)
    consent: Mapped[bool] = mapped_column(nullable=True)
    changed_epoch: Mapped[int]
    changed_version: Mapped[int]
    merged_into: Mapped[UUID | None]
    """The customer whose contact holds for this one, since both were found to be the same."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> "Contact":
        """A customer of whom nothing was heard yet; customers belong to the group, not to a store."""
        return cls(customer_id=key, changed_epoch=0, changed_version=0)

    @classmethod
    def holding_for(cls, customer_id: UUID) -> Select[Self]:
        """The contact that holds for a customer: their own, or that of the last file that it was merged into, once that was
        heard of; none before."""
        chain = select(cls.customer_id, cls.merged_into).where(cls.customer_id == customer_id).cte("chain", recursive=True)
        chain = chain.union_all(select(cls.customer_id, cls.merged_into).where(cls.customer_id == chain.c.merged_into))
        return select(cls).where(cls.customer_id.in_(select(chain.c.customer_id).where(chain.c.merged_into.is_(None))))

    @property
    def unwilling(self) -> bool:
        """Whether the customer is known to not want calls; as long as nothing was heard of them, nothing is known."""
        return bool(self.changed_version) and not self.consent

    def change(self, fact: ContactChanged) -> None:
        """Take over what reception knows, unless something newer is known."""
        if fact.about.order > (self.changed_epoch, self.changed_version):
            self.changed_epoch, self.changed_version = fact.about.order
            self.name, self.phone, self.channel, self.consent = fact.name, fact.phone, fact.channel, fact.consent
            self.cause_id = cause().id

    def give_up(self, fact: CustomerMerged) -> None:
        """Reception found that this customer is another one; that is said once and stays so."""
        self.merged_into, self.cause_id = fact.into_customer_id, cause().id
