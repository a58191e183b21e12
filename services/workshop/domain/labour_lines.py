"""What reception authorised: the labour line inside a job."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column

from shared.cause import cause
from shared.database import Effect
from shared.events.reception import AuthorisedLine, WorkAuthorised
from shared.refusal import Invalid

DEFAULT_SKILL = "mechanical"


def skill_for(op_code: str) -> str:
    """The trade that an operation belongs to: what stands before the first '-' of its code, in lower case
    ('PAINT-DOOR' -> 'paint'); `mechanical` when there is no such prefix."""
    prefix, dash, _ = op_code.partition("-")
    return prefix.lower() if dash and prefix else DEFAULT_SKILL


class LabourLine(Effect):
    """The columns that the newest authorisation naming the line fills; all empty until then."""

    # Nullable in the table only: a stub is a mere key until it is authorised.
    ro_id: Mapped[UUID] = mapped_column(nullable=True, index=True)
    ro_no: Mapped[str] = mapped_column(nullable=True)
    vehicle_id: Mapped[UUID] = mapped_column(nullable=True)
    op_code: Mapped[str] = mapped_column(nullable=True)
    skill: Mapped[str] = mapped_column(nullable=True)
    promised_at: Mapped[datetime] = mapped_column(nullable=True)
    concern_code: Mapped[str | None]
    flat_hours_milli: Mapped[int | None]
    amount_fen: Mapped[int | None]
    """What was agreed for the work, tax included, whoever pays; None: from before it was kept."""
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]

    @property
    def authorised(self) -> tuple[int, int]:
        """Order of the newest authorisation that names this line, (0, 0) before the first."""
        return self.authorised_epoch, self.authorised_version

    def keep(self, event: WorkAuthorised, line: AuthorisedLine) -> bool:
        """Take the line over unless a newer authorisation was heard; whether it was taken over.  Invalid when it has no
        operation code."""
        if event.about.order <= self.authorised:
            return False
        if line.op_code is None:
            raise Invalid("lines.op_code", "op_code_missing", "A labour line needs an operation code.")
        self.authorised_epoch, self.authorised_version = event.about.order
        self.ro_id, self.ro_no, self.vehicle_id = event.about.subject, event.ro_no, event.vehicle_id
        self.op_code, self.skill, self.concern_code = line.op_code, skill_for(line.op_code), line.concern_code
        self.flat_hours_milli, self.promised_at = line.flat_hours_milli, event.promised_at
        self.amount_fen = line.amount_fen
        self.cause_id = cause().id
        return True
