"""What can be asked about waiting customers."""

from pydantic import StrictBool

from shared.fields import Body


class SettleIn(Body):
    """The customer sits down in the lounge, or leaves the store while the car stays."""

    waits: StrictBool
