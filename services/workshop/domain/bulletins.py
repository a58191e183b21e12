"""Technical bulletins (技术通报): known fixes, found by model, operation and symptom, and whether they helped."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.jobs import Job
from services.workshop.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Effect, OfStore, new_id

WEIGHTS = {"operation": 4, "symptom": 2, "model": 1}
"""What each reason counts when bulletins are ranked."""


class Bulletin(Aggregate, Base):
    """One bulletin by its number, of a store or ('all') of the group.  `content` is what people read: titles and texts in both
    languages, special tools, steps, source; the lists say for which cars, operations and symptoms it is meant – an empty list
    of models for all of them."""

    __tablename__ = "bulletins"
    __table_args__ = (UniqueConstraint("store_id", "number"),)
    number: Mapped[str]
    content: Mapped[dict[str, Any]]
    models: Mapped[list[str]]
    op_codes: Mapped[list[str]]
    concern_codes: Mapped[list[str]]
    valid_from_on: Mapped[date]
    valid_until_on: Mapped[date | None]
    """The last day; null: for good."""

    def write(self, told: dict[str, Any]) -> "BulletinEdition | None":
        """It says this from now on; the edition that is kept, None when it said so already."""
        if self.version and all(getattr(self, name) == value for name, value in told.items()):
            return None
        for name, value in told.items():
            setattr(self, name, value)
        self.version += 1
        return BulletinEdition(
            id=new_id(),
            store_id=self.store_id,
            bulletin_id=self.id,
            version=self.version,
            content={name: value if not isinstance(value, date) else value.isoformat() for name, value in told.items()},
            written_by=cause().actor,
            written_at=clock.now(),
        )

    def reasons(self, job: Job, model: str | None) -> list[str]:
        """Why it is shown for this job: operation, symptom, model; none when it is not meant for it."""
        if self.models and model not in self.models:
            return []
        found = ["operation"] if job.op_code in self.op_codes else []
        found += ["symptom"] if job.concern_code is not None and job.concern_code in self.concern_codes else []
        if (self.op_codes or self.concern_codes) and not found:
            return []
        return found + (["model"] if self.models else [])


class BulletinEdition(Effect, OfStore, Base):
    """What a bulletin said in one version; never changed afterwards."""

    __tablename__ = "bulletin_editions"
    __table_args__ = (UniqueConstraint("bulletin_id", "version"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bulletin_id: Mapped[UUID] = mapped_column(ForeignKey("bulletins.id"))
    version: Mapped[int]
    content: Mapped[dict[str, Any]]
    written_by: Mapped[str]
    written_at: Mapped[datetime]


class BulletinUse(Effect, OfStore, Base):
    """That a bulletin was worked by on a job, once, and whether it helped."""

    __tablename__ = "bulletin_uses"
    __table_args__ = (UniqueConstraint("bulletin_id", "job_id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    bulletin_id: Mapped[UUID] = mapped_column(ForeignKey("bulletins.id"))
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    used_by: Mapped[str]
    used_at: Mapped[datetime]
    helped: Mapped[bool]
    remark: Mapped[str | None]

    @classmethod
    def of(cls, bulletin: Bulletin, job: Job, user: str, *, helped: bool, remark: str | None) -> Self:
        """Now."""
        return cls(
            id=new_id(),
            store_id=job.store_id,
            bulletin_id=bulletin.id,
            job_id=job.id,
            used_by=user,
            used_at=clock.now(),
            helped=helped,
            remark=remark,
        )
