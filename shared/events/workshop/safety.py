"""What the workshop says of its 6S, safety and hazardous-waste checks.  Subject: the round, or the finding."""

from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

from shared.events import Event

CheckKind = Literal["six_s", "safety", "hazardous_waste"]
Severity = Literal["danger", "serious", "minor"]


class SafetyRoundOverdue(Event):
    """A round through a checklist was not completed by the time at which it was due; it can still be."""

    type: ClassVar[str] = "workshop.safety_round_overdue.v1"
    checklist: str
    kind: CheckKind
    due_on: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    due_at: AwareDatetime


class SafetyRoundCompleted(Event):
    """A round was completed; `not_ok_count` of its items were found wanting, each of them a finding."""

    type: ClassVar[str] = "workshop.safety_round_completed.v1"
    checklist: str
    kind: CheckKind
    due_on: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    on_time: bool
    item_count: int
    not_ok_count: int
    completed_at: AwareDatetime


class SafetyRoundMissed(Event):
    """A round was not made before the next of its checklist fell due; it will not be made any more."""

    type: ClassVar[str] = "workshop.safety_round_missed.v1"
    checklist: str
    kind: CheckKind
    due_on: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    missed_at: AwareDatetime


class SafetyFindingOpened(Event):
    """Something is to be put right by a day; `reopenings` counts how often it was not, though somebody had said so."""

    type: ClassVar[str] = "workshop.safety_finding_opened.v1"
    round_id: UUID
    kind: CheckKind
    item: str
    severity: Severity
    due_on: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    reopenings: int
    opened_at: AwareDatetime


class SafetyFindingResolved(Event):
    """Somebody says that it was put right; somebody else will look."""

    type: ClassVar[str] = "workshop.safety_finding_resolved.v1"
    round_id: UUID
    kind: CheckKind
    severity: Severity
    resolved_at: AwareDatetime


class SafetyFindingVerified(Event):
    """Somebody else looked: it was put right."""

    type: ClassVar[str] = "workshop.safety_finding_verified.v1"
    round_id: UUID
    kind: CheckKind
    severity: Severity
    verified_at: AwareDatetime


class SafetyFindingOverdue(Event):
    """The day by which it was to be put right is over; said once for each such day."""

    type: ClassVar[str] = "workshop.safety_finding_overdue.v1"
    round_id: UUID
    kind: CheckKind
    severity: Severity
    due_on: str
    """Calendar day in the store's zone, YYYY-MM-DD."""
    overdue_since: AwareDatetime
