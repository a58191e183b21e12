"""What can be planned of people's time."""

from typing import Annotated, Literal

from pydantic import Field

from services.workshop.commands.capacities import Weekday
from shared.fields import Body, Code, Day, Moment

BeginsMinute = Annotated[int, Field(strict=True, ge=0, lt=1_440)]
EndsMinute = Annotated[int, Field(strict=True, gt=0, le=2_880)]
BreakMinutes = Annotated[int, Field(strict=True, ge=0, le=480)]


class PlanShifts(Body):
    """A technician works at these times on these weekdays (1 = Monday … 7 = Sunday) of a range of days, both included.  The
    minutes are those of the store's day; an end beyond 1,440 lies on the next day."""

    technician: Code
    from_on: Day
    until_on: Day
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] = frozenset(range(1, 8))
    begins_minute: BeginsMinute
    ends_minute: EndsMinute
    break_minutes: BreakMinutes = 0


class PlanAbsence(Body):
    """A technician is away from … to."""

    technician: Code
    kind: Literal["leave", "sick", "training", "other"]
    from_at: Moment
    until_at: Moment
