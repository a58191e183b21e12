"""What each store, or the group for all of them, may set for itself at the front desk."""

from services.reception.domain.tables import Base
from shared import policies


class ReceptionPolicy(policies.Policy, Base):
    """One version of one policy's terms: `value` holds what is set otherwise than the defaults."""


class Terms(policies.Terms, policy=ReceptionPolicy):
    """The terms of one policy of the front desk; each subject derives its own in its domain file."""
