"""What can be asked when work is called off."""

from shared.fields import Body, Code, Id


class CancelLine(Body):
    """The customer takes back the yes to a line that nobody has begun."""

    reason_code: Code


class CancelOrder(Body):
    """The car goes home without the work."""

    reason_code: Code
    approval_id: Id | None = None
    """The manager's approval, once work was agreed."""
