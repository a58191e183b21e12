"""What can be asked about the walk-around (环车检查); units are in the names."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool, model_validator

from services.reception.commands.fields import Panel
from services.reception.commands.signatures import Sign
from shared.fields import BasisPoints, Body, Code, Id, LongText, ShortText


class DamageMark(Body):
    """One damage seen on the walk-around; the place on the panel in basis points from its left and top edge, if marked."""

    panel: Panel
    kind: Literal["scratch", "dent", "crack", "chip", "rust", "missing"]
    left_bp: BasisPoints | None = None
    top_bp: BasisPoints | None = None


class FunctionCheck(Body):
    """What was tried in the customer's presence."""

    code: Code
    """One of those that the policy `walk_around` lists."""
    result: Literal["ok", "not_ok", "not_checked"]


class WalkAround(Body):
    """A whole sheet: what was seen and tried around the car, signed by the customer or made in their absence."""

    checks: Annotated[tuple[FunctionCheck, ...], Field(max_length=60)]
    damage_marks: Annotated[tuple[DamageMark, ...], Field(max_length=60)] = ()
    fuel_bp: BasisPoints
    """How full the tank is."""
    belongings: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()
    valuables_reminded: StrictBool
    """Whether the customer was asked to take valuables along."""
    covers_fitted: StrictBool
    """Whether seat, steering wheel and floor are covered (三件套)."""
    photo_ids: Annotated[tuple[Id, ...], Field(max_length=100)] = ()
    """The photos that belong to the sheet."""
    odometer_photo_id: Id | None = None
    signature: Sign | None = None
    customer_absent: ShortText | None = None
    """Why nobody could sign: towed in, key box …"""

    @model_validator(mode="after")
    def _signed_or_explained(self) -> "WalkAround":
        if (self.signature is None) == (self.customer_absent is None):
            raise ValueError("a sheet is either signed or says why the customer was not there")
        return self


class DisputeNote(Body):
    """What the customer does not agree with, in the customer's own words; it stays for ever."""

    words: LongText
    panel: Panel | None = None
