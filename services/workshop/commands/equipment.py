"""What can be asked about equipment."""

from typing import Annotated

from pydantic import Field

from shared.fields import Body, Code, Day, LongText, ShortText

EveryDays = Annotated[int, Field(strict=True, ge=1, le=3_660)]


class PlanMaintenance(Body):
    """Maintenance every so many days, the next on that day of the store; both null: none."""

    every_days: EveryDays | None = None
    due_on: Day | None = None


class AddEquipment(PlanMaintenance):
    """The store has one more piece of equipment (`kind`: lift, compressor, special_tool …), in a bay or not."""

    code: Code
    kind: Code
    name: ShortText
    bay: Code | None = None


class RecordMaintenance(Body):
    """It was maintained on that day of the store."""

    done_on: Day
    remark: LongText | None = None
