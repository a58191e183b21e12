"""Bays: the places where cars are worked on, and when they cannot be used."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.stretches import Stretch
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate
from shared.refusal import Refused

NO_END = datetime(9999, 1, 1, tzinfo=UTC)


class Bay(Aggregate, Base):
    """A bay of one store; `kind` is what it is fit for (lift, paint, alignment …).  Which job occupies it stands on the job."""

    __tablename__ = "bays"
    __table_args__ = (UniqueConstraint("store_id", "code"),)
    code: Mapped[str]
    kind: Mapped[str]


class Outage(Aggregate, Base):
    """A bay is out of order, or kept free for its maintenance: none of its hours can be sold; or a piece of equipment is that
    stands in no bay (`bay` null): work that needs it is not begun.  `until_at` is when it is expected back (null: nobody
    knows), `ended_at` when it really was."""

    __tablename__ = "outages"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "bay"], ["bays.store_id", "bays.code"]),
        Index("ix_outages_bay", "store_id", "bay", postgresql_where=text("ended_at IS NULL")),
        Index("ix_outages_store_id", "store_id", "id"),
        Index(
            "ix_outages_equipment_id", "equipment_id", postgresql_where=text("ended_at IS NULL AND equipment_id IS NOT NULL")
        ),
        Index("ix_outages_from_at", "from_at", postgresql_where=text("begun_at IS NULL")),
        CheckConstraint("kind IN ('breakdown', 'maintenance')", name="kind"),
        CheckConstraint("until_at > from_at", name="in_order"),
        CheckConstraint("bay IS NOT NULL OR equipment_id IS NOT NULL", name="of_something"),
    )  # fmt: skip
    bay: Mapped[str | None]
    kind: Mapped[str]
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str]
    equipment_id: Mapped[UUID | None] = mapped_column(ForeignKey("equipment.id"))
    """What broke, or is maintained, where it is known."""
    begun_at: Mapped[datetime | None]
    """When the jobs in the bay were seen to; None: it has not begun, or was called off before."""

    @property
    def stretch(self) -> Stretch:
        """How long none of the bay's hours can be sold; one that should be over but is not lasts until somebody ends it."""
        if self.ended_at is not None:
            return self.from_at, self.ended_at
        return self.from_at, self.until_at if self.until_at is not None and self.until_at > clock.now() else NO_END

    def end(self) -> None:
        """The bay is in order again, or the plan is given up.  Refused('outage_ended')."""
        if self.ended_at is not None:
            raise Refused("outage_ended", "The bay, or the equipment, is in order already.")
        self.ended_at = clock.now()
        self.begun_at = self.begun_at or self.ended_at
        self.version += 1
