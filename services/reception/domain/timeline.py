"""What happened to a customer's car, in the order in which it happened: one entry per step of ours and per heard fact.

An entry says only what its own cause says, so that any order of facts leaves the same entries."""

from datetime import datetime
from typing import Any, Self
from uuid import UUID, uuid5

from sqlalchemy import Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.progress import Told
from services.reception.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.parts import PartsBackordered, PartsIssued, PartsReserved
from shared.events.workshop import (
    JobCompleted,
    JobDispatched,
    JobSetBack,
    QualityFailed,
    SubletFailed,
    SubletPassed,
    SubletReturned,
    SubletSent,
)

FINISHING = ("parts_issued", "job_completed", "service_completed")
"""Codes of the entries with which a line is done."""


class TimelineEntry(Effect, OfStore, Base):
    """One entry; `code` names its sentence, `parameters` (JSON values) fill it.  The order may be unknown here yet."""

    __tablename__ = "timeline_entries"
    __table_args__ = (Index(None, "ro_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made of cause and code: what is done or heard again makes no second entry."""
    ro_id: Mapped[UUID]
    code: Mapped[str]
    at: Mapped[datetime]
    parameters: Mapped[dict[str, Any]]

    @classmethod
    def of_order(cls, ro_id: UUID) -> Select[Self]:
        """The order's entries, oldest first."""
        return select(cls).where(cls.ro_id == ro_id).order_by(cls.at, cls.id)

    @classmethod
    def caused(cls, code: str, ro_id: UUID, store_id: str, at: datetime, **parameters: Any) -> Self:
        """What the present cause did to the order."""
        return cls(id=uuid5(cause().id, code), ro_id=ro_id, store_id=store_id, code=code, at=at, parameters=parameters)

    @classmethod
    def told(cls, fact: Told) -> Self:
        """What parts or workshop have said of one line; the technician's words about the car are for the customer, too (W6)."""
        line, ro_id, store_id = str(fact.about.subject), fact.ro_id, fact.about.store_id
        match fact:
            case PartsReserved():
                return cls.caused("parts_reserved", ro_id, store_id, fact.reserved_at, line_id=line)
            case PartsBackordered(eta_at=eta):
                expected = eta.isoformat() if eta else None
                return cls.caused("parts_backordered", ro_id, store_id, fact.backordered_at, line_id=line, eta_at=expected)
            case PartsIssued():
                return cls.caused("parts_issued", ro_id, store_id, fact.issued_at, line_id=line)
            case JobDispatched():
                return cls.caused("job_dispatched", ro_id, store_id, fact.dispatched_at, line_id=line)
            case JobSetBack():
                return cls.caused("job_set_back", ro_id, store_id, fact.set_back_at, line_id=line)
            case QualityFailed():
                return cls.caused("quality_failed", ro_id, store_id, fact.failed_at, line_id=line, rework_no=fact.rework_no)
            case SubletSent():
                return cls.caused("sublet_sent", ro_id, store_id, fact.sent_at, line_id=line)
            case SubletReturned():
                return cls.caused("sublet_returned", ro_id, store_id, fact.returned_at, line_id=line)
            case SubletFailed():
                return cls.caused("quality_failed", ro_id, store_id, fact.failed_at, line_id=line, rework_no=fact.rework_no)
            case SubletPassed():
                return cls.caused("sublet_passed", ro_id, store_id, fact.passed_at, line_id=line)
            case JobCompleted():
                words = {"cause": fact.cause, "correction": fact.correction}
                return cls.caused("job_completed", ro_id, store_id, fact.completed_at, line_id=line, **words)
