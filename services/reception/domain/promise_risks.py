"""What the workshop sees coming: promises that it will hardly keep, as heard in whatever order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Index, Select, func, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import RepairOrderLine
from services.reception.domain.orders import RepairOrder
from services.reception.domain.progress import LineProgress
from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.workshop import PromiseAtRisk


class PromiseRisk(Effect, OfStore, Base):
    """The newest that was heard of one job's promise; `id` is the workshop's watch over it.  A row of its own, so that whoever
    is about to act on the order is not told that it changed."""

    __tablename__ = "promise_risks"
    __table_args__ = (Index(None, "ro_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    ro_id: Mapped[UUID | None]
    job_id: Mapped[UUID | None]
    level: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    """The promise of which it was said."""
    predicted_at: Mapped[datetime | None]
    reason: Mapped[str | None]
    seen_at: Mapped[datetime | None]
    told_epoch: Mapped[int] = mapped_column(default=0)
    told_version: Mapped[int] = mapped_column(default=0)
    """(epoch, version) of the watch when it said so: the newest one counts."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(id=key, store_id=store_id, told_epoch=0, told_version=0)

    @classmethod
    def standing(cls) -> Select[Self]:
        """What still holds, whatever was heard first: the order is in work under the promise that it was said of, and the job
        is neither completed nor withdrawn."""
        return (
            select(cls)
            .join(RepairOrder, RepairOrder.id == cls.ro_id)
            .join(RepairOrderLine, RepairOrderLine.id == cls.job_id)
            .outerjoin(LineProgress, LineProgress.id == cls.job_id)
            .where(
                RepairOrder.state == "authorised",
                RepairOrder.promised_at == cls.promised_at,
                RepairOrderLine.withdrawn_at.is_(None),
                func.coalesce(LineProgress.stage, "") != "completed",
            )
        )

    def tell(self, event: PromiseAtRisk) -> None:
        """Take it over, unless something newer was heard already."""
        if event.about.order > (self.told_epoch, self.told_version):
            self.told_epoch, self.told_version = event.about.order
            self.ro_id, self.job_id, self.level, self.reason = event.ro_id, event.job_id, event.level, event.reason
            self.promised_at, self.predicted_at, self.seen_at = event.promised_at, event.predicted_at, event.seen_at
            self.cause_id = cause().id


def worst(risks: Iterable[PromiseRisk]) -> PromiseRisk | None:
    """The one that delays the whole order: what is late before what may be, then what nobody can predict, then the latest."""

    def gravity(risk: PromiseRisk) -> tuple[bool, bool, float, UUID]:
        at = risk.predicted_at
        return risk.level == "late", at is None, at.timestamp() if at else 0.0, risk.id

    return max(risks, key=gravity, default=None)
