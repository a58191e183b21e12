"""What each store, or the group for all of them, may set for itself in the workshop."""

from services.workshop.domain.tables import Base
from shared import policies


class WorkshopPolicy(policies.Policy, Base):
    """One version of one policy's terms: `value` holds what is set otherwise than the defaults."""


class Terms(policies.Terms, policy=WorkshopPolicy):
    """The terms of one policy of the workshop; each subject derives its own in its domain file."""
