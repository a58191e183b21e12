"""What can be written in checklists."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from services.workshop.commands.capacities import Weekday
from shared.fields import Body, Code, Day, ShortText

EveryDays = Annotated[int, Field(strict=True, ge=1, le=366)]
MonthDay = Annotated[int, Field(strict=True, ge=1, le=31)]
DueMinute = Annotated[int, Field(strict=True, ge=1, le=1_440)]
"""A minute of the store's day; 1,440 is its end."""


class ChecklistItem(Body):
    """One thing to look at; `unit`: a value is measured, told in thousandths of it."""

    code: Code
    name_zh: ShortText
    name_en: ShortText
    unit: ShortText | None = None


class WriteChecklist(Body):
    """A checklist from a day to come on: due every so many days from then, or on weekdays (1 = Monday … 7 = Sunday), or on a
    day of the month – one of the three –, and answered for by a role or by one user.  `retired`: no more rounds by it."""

    code: Code
    kind: Literal["six_s", "safety", "hazardous_waste"]
    name_zh: ShortText
    name_en: ShortText
    items: Annotated[tuple[ChecklistItem, ...], Field(min_length=1, max_length=100)]
    every_days: EveryDays | None = None
    weekdays: Annotated[frozenset[Weekday], Field(min_length=1)] | None = None
    month_day: MonthDay | None = None
    due_minute: DueMinute
    answers_role: Literal["technician", "dispatcher", "inspector", "parts_clerk", "store_manager"] | None = None
    answers_user: ShortText | None = None
    from_on: Day
    retired: StrictBool = False
