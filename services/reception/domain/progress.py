"""How far each authorised line is, as heard from parts and workshop, in whatever order."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, Self
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events import About


class LineProgress(Effect, OfStore, Base):
    """One line's stage: a labour line is `dispatched`, in `rework` or `completed`; a part line `backordered`, `reserved` or
    `issued`; None before anything was heard.  Made by the first fact that names it, even before the line is known here."""

    __tablename__ = "line_progress"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The authorised line's id."""
    ro_id: Mapped[UUID | None]
    stage: Mapped[str | None]
    stage_epoch: Mapped[int] = mapped_column(default=0)
    stage_version: Mapped[int] = mapped_column(default=0)
    """(epoch, version) of the job or part line when it said so: the newest one counts."""
    eta_at: Mapped[datetime | None]
    """When a back-ordered part is expected."""
    reworks: Mapped[int] = mapped_column(default=0)

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        return cls(id=key, store_id=store_id, stage_epoch=0, stage_version=0, reworks=0)

    @classmethod
    def of_lines(cls, ids: Iterable[UUID]) -> Select[Self]:
        """What was heard of these lines."""
        return select(cls).where(cls.id.in_(list(ids)))

    def reach(
        self,
        stage: Literal["backordered", "reserved", "issued", "dispatched", "rework", "completed"],
        about: About,
        ro_id: UUID,
        *,
        eta_at: datetime | None = None,
        reworks: int = 0,
    ) -> None:
        """The line's job or part is at this stage, unless something newer was heard already."""
        self.ro_id = ro_id
        self.reworks = max(self.reworks, reworks)
        if about.order > (self.stage_epoch, self.stage_version):
            self.stage_epoch, self.stage_version = about.order
            self.stage, self.eta_at, self.cause_id = stage, eta_at, cause().id

    def done(self, kind: str) -> bool:
        """Whether nothing is left to do for a line of this kind."""
        return self.stage == ("completed" if kind == "labour" else "issued")
