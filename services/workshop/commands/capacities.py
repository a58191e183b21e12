"""What can be planned."""

from typing import Annotated

from pydantic import Field

from shared.fields import Body, Code, Day, HoursMilli

Weekday = Annotated[int, Field(strict=True, ge=1, le=7)]


class OfferedHours(Body):
    """Hours of one skill in one group of bays (the bays' kind) that may be sold a day, whatever the shifts say; null: what the
    shifts say."""

    skill: Code
    bay_group: Code
    hours_milli: HoursMilli | None


class PlanCapacity(Body):
    """Offer the same hours on these weekdays (1 = Monday … 7 = Sunday) of a range of days, both included."""

    from_on: Day
    until_on: Day
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = frozenset(range(1, 8))
    lines: Annotated[tuple[OfferedHours, ...], Field(min_length=1, max_length=50)]
