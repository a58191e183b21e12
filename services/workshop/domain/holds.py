"""Holds (待料, 等待客户, 外加工, 待料-车辆已还): what a car or a job waits for, from when to when.

Facts open and close them, nobody does by hand: a part is short until it is there, the advisor has a finding until the customer
is asked, the customer until they have decided, another firm the car until it is back.  Each is derived from what was said of
one thing, with the times that were said, so that any order of facts leaves the same holds.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, TypeAlias
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.database import Effect, OfStore

HoldReason = Literal["wait_parts", "wait_advisor", "wait_customer", "sublet", "lent_back"]
"""`wait_advisor`: what was found is not yet put to the customer; `lent_back`: the customer has the car meanwhile."""
OpenStretch: TypeAlias = tuple[datetime, datetime | None]
"""From … to; None: it lasts."""


class Hold(Effect, OfStore, Base):
    """One stretch of waiting.  `about_id` is what is waited for: the part line, the supplement, the sublet work, or the order
    itself where the customer has the car; `job_id` None: all jobs of the order wait."""

    __tablename__ = "holds"
    __table_args__ = (
        Index("ix_holds_open", "store_id", "ro_id", postgresql_where=text("closed_at IS NULL")),
        Index("ix_holds_away", "store_id", postgresql_where=text("closed_at IS NULL AND job_id IS NULL")),
        Index("ix_holds_closed_at", "store_id", "closed_at", postgresql_where=text("closed_at IS NOT NULL")),
        Index("ix_holds_ro_id", "ro_id"),
        CheckConstraint(
            "reason IN ('wait_parts', 'wait_advisor', 'wait_customer', 'sublet', 'lent_back')", name="reason"
        ),
        CheckConstraint("closed_at > opened_at", name="in_order"),
    )  # fmt: skip
    about_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason: Mapped[HoldReason] = mapped_column(Text(), primary_key=True)
    opened_at: Mapped[datetime] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime | None]
    ro_id: Mapped[UUID]
    job_id: Mapped[UUID | None]


def ended(stretches: Iterable[OpenStretch], until: datetime | None) -> list[OpenStretch]:
    """Cut off at `until` (None: never), without what is empty then."""
    cut = ((begin, end if until is None else min(end or until, until)) for begin, end in stretches)
    return [(begin, end) for begin, end in cut if end is None or begin < end]


def alternating(marks: Iterable[tuple[datetime, bool]]) -> list[OpenStretch]:
    """What lasts from a mark that says so (True) to the next that says the contrary; marks in their order."""
    found: list[OpenStretch] = []
    begun: datetime | None = None
    for at, lasts in marks:
        if lasts:
            begun = begun or at
        elif begun is not None:
            found.append((begun, at))
            begun = None
    return found if begun is None else [*found, (begun, None)]
