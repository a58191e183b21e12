"""What can be asked about the catalogue of operations; units are in the names."""

from typing import Annotated

from pydantic import Field, StrictBool, model_validator

from shared.fields import Body, Code, FlatHoursMilli, ShortText, Trade


class HoursOfModel(Body):
    """Flat-rate hours of one model; without a model: of all that have none of their own."""

    model: ShortText | None = None
    flat_hours_milli: FlatHoursMilli


class ChangeOperation(Body):
    """What an operation of the catalogue is."""

    name_zh: ShortText
    name_en: ShortText
    trade: Trade
    safety_critical: StrictBool = False
    flat_hours: Annotated[tuple[HoursOfModel, ...], Field(min_length=1, max_length=500)]

    @model_validator(mode="after")
    def _each_model_once(self) -> "ChangeOperation":
        if len({hours.model for hours in self.flat_hours}) != len(self.flat_hours):
            raise ValueError("each model is named once")
        return self


class AddOperation(ChangeOperation):
    """A new entry of the catalogue."""

    op_code: Code
