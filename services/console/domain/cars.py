"""The cars on the board: one row per repair order, made of the newest facts about it and nothing else."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.console.domain.facts import KINDS
from services.console.domain.standing import Stage, Standing, Told, standing
from services.console.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events import About, Event

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)


class Car(Effect, OfStore, Base):
    """A car's stay; `id` is the repair order's.  Every column but `known` follows from `known`."""

    __tablename__ = "cars"
    __table_args__ = (
        Index("ix_cars_store_id", "store_id", "id"),
        Index("ix_cars_here", "store_id", "stage", postgresql_where=text("delivered_at IS NULL AND stage <> 'cancelled'")),
        Index("ix_cars_delivered_at", "delivered_at", postgresql_where=text("delivered_at IS NOT NULL")),
        Index("ix_cars_vehicle_id", "vehicle_id"),
        Index("ix_cars_touched_at", "touched_at"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    known: Mapped[dict[str, Any]]
    """Type -> subject -> the newest such fact: {about, heard_at, body}."""
    touched_at: Mapped[datetime]
    """When what is shown changed last; rises with every change."""
    stage: Mapped[Stage | None] = mapped_column(Text())
    """None: a mere key, before the fact that made it was applied."""
    since: Mapped[datetime | None]
    ro_no: Mapped[str | None]
    vehicle_id: Mapped[UUID | None]
    advisor: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    technicians: Mapped[list[str]]
    short_lines: Mapped[int]
    eta_at: Mapped[datetime | None]
    reworks: Mapped[int]
    complaint: Mapped[bool]
    lowest_score: Mapped[int | None]
    claimed_fen: Mapped[int]
    claims_open: Mapped[int]
    claims_paid: Mapped[int]

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A car of which nothing was applied yet."""
        return cls(
            id=key, store_id=store_id, known={}, touched_at=_BEGINNING, technicians=[], short_lines=0, reworks=0,
            complaint=False, claimed_fen=0, claims_open=0, claims_paid=0,
        )  # fmt: skip

    def learn(self, event: Event, heard_at: datetime) -> bool:
        """Take the fact in unless a newer one of its kind and subject is known; whether it was news."""
        of_its_kind, subject = self.known.get(event.type, {}), str(event.about.subject)
        before = of_its_kind.get(subject)
        if before is not None and About(**before["about"]).order >= event.about.order:
            return False
        entry = to_jsonable_python({"about": event.about, "heard_at": heard_at, "body": event})
        self.known = {**self.known, event.type: {**of_its_kind, subject: entry}}
        self.cause_id = cause().id
        self.touched_at = max(clock.now(), self.touched_at + _TICK)
        self._stand(standing(self._told()))
        return True

    def _told(self) -> list[Told]:
        return [
            Told(
                KINDS[type_].model_validate({**entry["body"], "about": About(**entry["about"])}),
                datetime.fromisoformat(entry["heard_at"]),
            )
            for type_, entries in sorted(self.known.items())
            for _, entry in sorted(entries.items())
        ]

    def _stand(self, where: Standing) -> None:
        for field in fields(where):
            value = getattr(where, field.name)
            setattr(self, field.name, list(value) if isinstance(value, tuple) else value)
