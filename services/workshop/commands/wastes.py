"""What can be entered in the ledger of hazardous waste."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Day, Id, LongText, ShortText

WasteMilli = Annotated[int, Field(strict=True, ge=0, le=10**9)]
"""Grams or millilitres: thousandths of the kind's unit."""


class HandOverWaste(Body):
    """So much was handed over to a receiver; `corrects`: instead of what an earlier entry says (with 0: nothing was)."""

    waste_kind: Literal["used_oil", "filters", "batteries", "coolant", "paint_waste"]
    quantity_milli: WasteMilli
    receiver: ShortText
    manifest_no: ShortText
    handed_over_on: Day
    remark: LongText | None = None
    corrects: Id | None = None
