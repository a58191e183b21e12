"""Four eyes (C16): what one person may ask for and only another, with the right role, may grant – once, with the very values
that were shown."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped

from services.reception.domain.authorisations import digest_of
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated
from shared.refusal import Refused

GOOD_FOR = timedelta(hours=24)
"""How long what was asked may be granted and used (reliability, S10)."""


class Approval(Aggregate, Stated, Base):
    """A request for a second pair of eyes.  `kind` is what is asked for (`discount`, `refund` …), `subject_id` the repair order
    or invoice that it is about, `asked` the values, of which `sha256` is the digest.

    asked -> granted -> used, or asked -> refused.  Who asked never grants."""

    __tablename__ = "approvals"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'granted', 'refused', 'used')", name="state"),
        CheckConstraint("decided_by IS DISTINCT FROM asked_by", name="four_eyes"),
        CheckConstraint("(state = 'asked') = (decided_by IS NULL)", name="decided"),
        Index(None, "store_id", "state", "id"),
        Index(None, "subject_id"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset({("asked", "granted"), ("asked", "refused"), ("granted", "used")})
    kind: Mapped[str]
    subject_id: Mapped[UUID]
    asked: Mapped[dict[str, Any]]
    sha256: Mapped[str]
    reason: Mapped[str]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    note: Mapped[str | None]

    def __init__(self, **fields: Any) -> None:
        now = clock.now()
        made = {"asked_by": cause().actor, "asked_at": now, "expires_at": now + GOOD_FOR}
        super().__init__(**made, **fields)
        self.sha256 = digest_of(self.asked)
        self.version = 1
        self.begin("asked")

    @property
    def expired(self) -> bool:
        return clock.now() > self.expires_at

    def decide(self, *, granted: bool, note: str | None) -> None:
        """Grant or refuse.  Refused: `approver_is_asker`, `approval_expired`, `illegal_transition`."""
        if cause().actor == self.asked_by:
            raise Refused("approver_is_asker", "Somebody else than who asked must decide.")
        if self.expired:
            raise Refused("approval_expired", "The request is too old; ask again.", expires_at=self.expires_at.isoformat())
        self.move("granted" if granted else "refused")
        self.decided_by, self.decided_at, self.note = cause().actor, clock.now(), note
        self.version += 1

    def use(self, kind: str, subject_id: UUID, values: Mapping[str, Any]) -> None:
        """Do, once, what was granted.  Refused: `approval_for_something_else`, `approval_not_granted`, `approval_expired`."""
        if (self.kind, self.subject_id, self.sha256) != (kind, subject_id, digest_of(values)):
            raise Refused("approval_for_something_else", "The approval is for other values than these.", kind=kind)
        if self.state != "granted":
            raise Refused("approval_not_granted", "The approval is not granted, or was used.", state=self.state)
        if self.expired:
            raise Refused("approval_expired", "The approval is too old; ask again.", expires_at=self.expires_at.isoformat())
        self.move("used")
        self.version += 1
