"""The part lines that a job needs, as the parts department last told their stage."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.holds import OpenStretch, alternating, ended
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.reception import AuthorisedLine, WorkAuthorised

Told = PartsReserved | PartsBackordered | PartsIssued

_STAGES: dict[type[Told], str] = {PartsReserved: "reserved", PartsBackordered: "backordered", PartsIssued: "issued"}


class JobPart(Effect, OfStore, Base):
    """One part line of a repair order; `id` is its `ro_line_id`, `job_id` the labour line that it serves.

    Two speakers fill it, each with an order of its own: reception says whether it is needed, parts says its stage.
    """

    __tablename__ = "job_parts"
    __table_args__ = (CheckConstraint("stage IN ('reserved', 'backordered', 'issued')", name="stage"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    ro_id: Mapped[UUID | None] = mapped_column(index=True)
    job_id: Mapped[UUID | None] = mapped_column(index=True)
    part_no: Mapped[str | None]
    quantity_milli: Mapped[int | None]
    needed: Mapped[bool]
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    stage: Mapped[str | None]
    told_epoch: Mapped[int]
    told_version: Mapped[int]
    eta_at: Mapped[datetime | None]
    stages: Mapped[list[dict[str, Any]]]
    """All that was told, [{"epoch", "version", "stage", "at"}] in the order of the speaker."""
    withdrawn_at: Mapped[datetime | None]
    """When it was heard that the line is needed no longer."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A part line of which nothing was heard yet."""
        return cls(
            id=key,
            store_id=store_id,
            needed=False,
            authorised_epoch=0,
            authorised_version=0,
            told_epoch=0,
            told_version=0,
            stages=[],
        )

    @property
    def authorised(self) -> tuple[int, int]:
        """Order of the newest authorisation that names this line."""
        return self.authorised_epoch, self.authorised_version

    @property
    def at_hand(self) -> bool:
        """Whether the part lies reserved on the shelf or was handed over."""
        return self.stage in ("reserved", "issued")

    def need(self, event: WorkAuthorised, line: AuthorisedLine) -> None:
        """Keep what the newest authorisation says of this line."""
        if event.about.order > self.authorised:
            self.authorised_epoch, self.authorised_version = event.about.order
            self.ro_id, self.job_id = event.about.subject, line.labour_line_id
            self.part_no, self.quantity_milli = line.part_no, line.quantity_milli
            self.cause_id = cause().id

    def follow(self, order: AuthorisedOrder) -> None:
        """Needed only as long as the order's newest authorisation names it."""
        self.needed = (0, 0) < self.authorised == order.authorised
        withdrawn = (0, 0) < self.authorised < order.authorised
        self.withdrawn_at = (self.withdrawn_at or clock.now()) if withdrawn else None

    def short(self, order: AuthorisedOrder) -> list[OpenStretch]:
        """When the part was waited for: from being short to being there, at most as long as anybody needed it."""
        marks = [(datetime.fromisoformat(each["at"]), each["stage"] == "backordered") for each in self.stages]
        return ended(ended(alternating(marks), self.withdrawn_at), order.ended_at)

    def tell(self, event: Told) -> bool:
        """Keep what was told, and the newest stage; whether this is it."""
        self._keep(event)
        newest = event.about.order > (self.told_epoch, self.told_version)
        if newest:
            self.told_epoch, self.told_version = event.about.order
            self.stage = _STAGES[type(event)]
            self.eta_at = event.eta_at if isinstance(event, PartsBackordered) else None
            self.ro_id, self.job_id = event.ro_id, event.job_id
            self.cause_id = cause().id
        return newest

    def _keep(self, event: Told) -> None:
        epoch, version = event.about.order
        others = [each for each in self.stages if (each["epoch"], each["version"]) != (epoch, version)]
        stage = {"epoch": epoch, "version": version, "stage": _STAGES[type(event)], "at": _at(event).isoformat()}
        self.stages = sorted([*others, stage], key=lambda each: (each["epoch"], each["version"]))


def _at(event: Told) -> datetime:
    match event:
        case PartsReserved():
            return event.reserved_at
        case PartsBackordered():
            return event.backordered_at
        case PartsIssued():
            return event.issued_at
