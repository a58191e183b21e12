"""The terms of surveys and complaints, which every store may set for itself."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from services.followup.domain.tables import Base
from shared.policies import Policy

LOW_BELOW = 6
COMPLAINT_DUE_AFTER = timedelta(hours=72)
NAME = "survey"


class SurveyPolicy(Policy, Base):
    """What a store sets otherwise: opens_after_s, due_after_s, low_below, complaint_due_after_s, each if it is there."""


@dataclass(frozen=True, slots=True)
class Terms:
    """When a survey opens and is due, which score is low, how soon a complaint must be solved."""

    opens_after: timedelta
    due_after: timedelta
    low_below: int = LOW_BELOW
    complaint_due_after: timedelta = COMPLAINT_DUE_AFTER
    policy_id: UUID | None = None
    """The policy row they come from; None = the defaults."""

    def under(self, policy: SurveyPolicy) -> "Terms":
        """These terms, with what the policy says otherwise."""
        value = policy.value

        def time(key: str, default: timedelta) -> timedelta:
            return timedelta(seconds=value[key]) if key in value else default

        return Terms(
            opens_after=time("opens_after_s", self.opens_after),
            due_after=time("due_after_s", self.due_after),
            low_below=value.get("low_below", self.low_below),
            complaint_due_after=time("complaint_due_after_s", self.complaint_due_after),
            policy_id=policy.id,
        )
