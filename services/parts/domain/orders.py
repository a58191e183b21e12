"""What reception said about a whole repair order: which version of it is authorised."""

from typing import Self
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from services.parts.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.reception import WorkAuthorised


class AuthorisedOrder(Effect, OfStore, Base):
    """A repair order as far as parts has heard of it; `id` is the repair order's."""

    __tablename__ = "authorised_orders"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A repair order of which nothing was heard yet."""
        return cls(id=key, store_id=store_id, authorised_epoch=0, authorised_version=0)

    @property
    def authorised(self) -> tuple[int, int]:
        """Order of the newest authorisation, (0, 0) before the first."""
        return self.authorised_epoch, self.authorised_version

    def authorise(self, by: WorkAuthorised) -> bool:
        """Remember the newest authorisation; True when it supersedes an earlier one."""
        before = self.authorised
        if by.about.order <= before:
            return False
        self.authorised_epoch, self.authorised_version = by.about.order
        self.cause_id = cause().id
        return before > (0, 0)
