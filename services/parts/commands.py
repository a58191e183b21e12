"""What can be asked of the parts department."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from shared.fields import Body, Code, QuantityMilli, ShortText

UnitCostFen = Annotated[int, Field(strict=True, ge=0, le=10**10)]
"""For one whole unit; bounded so that the cost of the largest quantity still fits its column."""
LeadTimeDays = Annotated[int, Field(strict=True, ge=0, le=365)]


Unit = Literal["piece", "set", "litre", "kilogram", "metre"]


class AddPart(Body):
    """Add a part to the group's catalogue, or only to the store's shelves where the catalogue has the same entry."""

    part_no: Code
    name_zh: ShortText
    name_en: ShortText
    unit: Unit = "piece"
    cost_fen: UnitCostFen
    list_price_fen: UnitCostFen | None = None
    """Sales price of one whole unit, tax included."""
    lead_time_days: LeadTimeDays = 3
    genuine: StrictBool = True


class ChangePart(Body):
    """Replace the whole entry of a part in the group's catalogue."""

    name_zh: ShortText
    name_en: ShortText
    unit: Unit
    cost_fen: UnitCostFen
    list_price_fen: UnitCostFen | None
    lead_time_days: LeadTimeDays
    genuine: StrictBool


class ReceivedLine(Body):
    """One line of a supplier's delivery note."""

    part_no: Code
    quantity_milli: QuantityMilli
    unit_cost_fen: UnitCostFen
    supplier: ShortText
    delivery_note: ShortText


class ReceiveGoods(Body):
    """Put delivered parts on the shelf."""

    lines: Annotated[list[ReceivedLine], Field(min_length=1, max_length=200)]


class IssueParts(Body):
    """Hand a line's whole quantity to its job."""
