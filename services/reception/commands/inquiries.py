"""What can be asked about the inquiry sheet (问诊单): the customer's words, and the symptoms beside them."""

from typing import Annotated, Literal

from pydantic import Field, StrictBool

from shared.fields import Body, Code, LongText, ShortText

Speed = Annotated[int, Field(strict=True, ge=0, le=300)]
Celsius = Annotated[int, Field(strict=True, ge=-60, le=60)]
Circumstance = Literal[
    "always", "cold_start", "warm_engine", "idling", "driving", "accelerating", "braking", "turning", "reversing", "rough_road",
    "after_rain", "parked",
]  # fmt: skip
"""When a symptom shows."""
WarningLamp = Literal[
    "engine", "oil_pressure", "coolant", "battery", "brake", "abs", "stability", "airbag", "tyre_pressure", "steering",
    "transmission", "high_voltage", "other",
]  # fmt: skip


class Symptom(Body):
    """One symptom in a structured way, beside the customer's words: what, how, when, how often."""

    concern_code: Code
    condition: ShortText | None = None
    frequency: Literal["always", "often", "sometimes", "once"] | None = None
    occurs: Annotated[tuple[Circumstance, ...], Field(max_length=12)] = ()
    """When it shows."""
    speed_from_kmh: Speed | None = None
    speed_to_kmh: Speed | None = None
    outside_from_celsius: Celsius | None = None
    outside_to_celsius: Celsius | None = None


class CompleteInquiry(Body):
    """The inquiry sheet as it stands now, completed or corrected; the versions before are kept."""

    words: LongText
    """The request in the customer's own words."""
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=20)] = ()
    warning_lamps: Annotated[tuple[WarningLamp, ...], Field(max_length=13)] = ()
    wishes: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    """What else the customer would like: wash, old parts back, a call before noon …"""
    read_back: StrictBool
    """Whether it was read back to the customer, who confirmed it."""
