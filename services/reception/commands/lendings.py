"""What can be asked about a car that its customer has while its work waits."""

from typing import Literal

from shared.fields import Body, Day, Km, ShortText


class LendBack(Body):
    """The customer takes the car with them meanwhile."""

    reason_code: Literal["wait_parts", "wait_customer", "other"]
    odometer_km: Km
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    expected_on: Day | None = None
    """When it is to come again; left out: we call."""


class TakeBack(Body):
    """The car is here again."""

    odometer_km: Km
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
