"""Every general fact that was heard, for good."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.console.domain.tables import Base
from shared.cause import cause
from shared.database import OfStore
from shared.events import About, Event, catalogue

KINDS = {type_: kind for type_, kind in catalogue().items() if not kind.personal}
"""The facts that are kept."""


class Fact(OfStore, Base):
    """One fact as it was heard.  Append-only, a partition a month, by `day`: the database's day at the time."""

    __tablename__ = "facts"
    __table_args__ = (Index(None, "ro_id"), Index("ix_facts_type", "type", "heard_at"))
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(server_default=text("((now() AT TIME ZONE 'UTC'::text))::date"))
    type: Mapped[str]
    subject: Mapped[UUID]
    version: Mapped[int]
    epoch: Mapped[int]
    ro_id: Mapped[UUID]
    body: Mapped[dict[str, Any]]
    heard_at: Mapped[datetime]

    @classmethod
    def of(cls, event: Event, heard_at: datetime) -> "Fact":
        """The row that keeps this fact; its id is the id of the heard event."""
        return cls(
            event_id=cause().id,
            type=event.type,
            store_id=event.about.store_id,
            subject=event.about.subject,
            version=event.about.version,
            epoch=event.about.epoch,
            ro_id=ro_of(event),
            body=to_jsonable_python(event),
            heard_at=heard_at,
        )

    def told(self) -> Event:
        """The fact itself."""
        about = About(
            subject=self.subject, version=self.version, epoch=self.epoch, store_id=self.store_id, correlation=self.ro_id
        )
        return KINDS[self.type].model_validate({**self.body, "about": about})


def ro_of(event: Event) -> UUID:
    """The repair order that a fact belongs to: it names it, or is about it."""
    named = getattr(event, "ro_id", None)
    return named if isinstance(named, UUID) else event.about.subject
