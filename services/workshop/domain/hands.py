"""Who helps on a job beside the technician that it was given to."""

from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from shared import clock
from shared.database import Effect, OfStore, new_id


class JobHand(Effect, OfStore, Base):
    """A technician who helps on a job; `share_bp` is the agreed share of its sold hours, null where the time decides."""

    __tablename__ = "job_hands"
    __table_args__ = (
        ForeignKeyConstraint(["store_id", "technician"], ["technicians.store_id", "technicians.code"]),
        Index("uq_job_hands_there", "job_id", "technician", unique=True, postgresql_where=text("left_at IS NULL")),
        CheckConstraint("share_bp BETWEEN 0 AND 10000", name="share_bp"),
        CheckConstraint("left_at >= joined_at", name="in_order"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"), index=True)
    technician: Mapped[str]
    share_bp: Mapped[int | None]
    joined_at: Mapped[datetime]
    left_at: Mapped[datetime | None]

    @classmethod
    def joining(cls, job_id: UUID, technician: Technician, share_bp: int | None) -> Self:
        """From now on."""
        return cls(
            id=new_id(),
            store_id=technician.store_id,
            job_id=job_id,
            technician=technician.code,
            share_bp=share_bp,
            joined_at=clock.now(),
        )
