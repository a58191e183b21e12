"""Quality checks: one for each time that a job was finished."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.database import Effect, OfStore


class Inspection(Effect, OfStore, Base):
    """The check of one round of work (`rework_no` 0 is the first); never changed afterwards.  `inspector` is the subject of
    the inspector's access token; `remark` is free text and stays here."""

    __tablename__ = "inspections"
    __table_args__ = (
        UniqueConstraint("job_id", "rework_no"),
        CheckConstraint("road_test_km > 0", name="road_test_km"),
        CheckConstraint("result IN ('passed', 'failed') AND (result = 'failed') = (fault_code IS NOT NULL)", name="result"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id"))
    rework_no: Mapped[int]
    result: Mapped[str]
    fault_code: Mapped[str | None]
    fault_cause: Mapped[str | None]
    """Free text; stays here."""
    fault_owner: Mapped[str | None]
    """technician, parts, diagnosis or other: whose fault it was."""
    road_test_km: Mapped[int | None]
    """What was driven; None: it was not."""
    remark: Mapped[str | None]
    inspector: Mapped[str]
    inspected_at: Mapped[datetime]
