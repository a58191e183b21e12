"""What the workshop sees coming.  Subject: the watch over one job's promise."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event


class PromiseAtRisk(Event):
    """By what is known now, the job will hardly be done (`at_risk`), or not be done (`late`), when it was promised; said once
    for each level of each promise.  `predicted_at`: null while nobody knows when its parts will come."""

    type: ClassVar[str] = "workshop.promise_at_risk.v1"
    ro_id: UUID
    job_id: UUID
    level: Literal["at_risk", "late"]
    promised_at: AwareDatetime
    predicted_at: AwareDatetime | None = None
    reason: Literal["waits_for_parts", "no_technician", "too_much_work", "takes_longer", "short_time"]
    seen_at: AwareDatetime
