"""Bays: the places where cars are worked on, and when they cannot be used."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped

from services.workshop.domain.tables import Base
from shared.database import Aggregate


class Bay(Aggregate, Base):
    """A bay of one store; `kind` is what it is fit for (lift, paint, alignment …).  Which job occupies it stands on the job."""

    __tablename__ = "bays"
    __table_args__ = (UniqueConstraint("store_id", "code"),)
    code: Mapped[str]
    kind: Mapped[str]


class Outage(Aggregate, Base):
    """A bay is out of order, or kept free for its maintenance: none of its hours can be sold.  `until_at` is when it is
    expected back (null: nobody knows), `ended_at` when it really was."""

    __tablename__ = "outages"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "bay"], ["bays.store_id", "bays.code"]),
        Index("ix_outages_bay", "store_id", "bay"),
        Index("ix_outages_open", "store_id", "bay", postgresql_where=text("ended_at IS NULL")),
        CheckConstraint("kind IN ('breakdown', 'maintenance')", name="kind"),
        CheckConstraint("until_at > from_at", name="in_order"),
    )
    bay: Mapped[str]
    kind: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str]
    equipment_id: Mapped[UUID | None]
    """What broke, or is maintained, where it is known."""
