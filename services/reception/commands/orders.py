"""What can be asked about a car's stay, from its arrival to the handed-over key; units are in the names."""

from typing import Annotated

from pydantic import Field, StrictBool

from services.reception.commands.inquiries import Symptom, WarningLamp
from services.reception.commands.walk_arounds import DamageMark
from shared.fields import BasisPoints, Body, Code, Id, Km, LongText, Moment, ShortText


class CheckIn(Body):
    """A car arrives without an appointment."""

    vehicle_id: Id
    customer_id: Id
    words: LongText
    """The request in the customer's own words."""
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=20)] = ()
    warning_lamps: Annotated[tuple[WarningLamp, ...], Field(max_length=13)] = ()
    wishes: Annotated[tuple[ShortText, ...], Field(max_length=20)] = ()
    read_back: StrictBool = False
    """Whether this was read back to the customer already, who confirmed it."""
    odometer_km: Km
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    fuel_bp: BasisPoints
    """How full the tank is."""
    belongings: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()
    damage_marks: Annotated[tuple[DamageMark, ...], Field(max_length=60)] = ()
    promised_at: Moment | None = None
    waits: StrictBool = False
    """Whether the customer waits in the lounge."""
    key_tag: Code | None = None
    """The tag on the car's key."""


class Deliver(Body):
    """Hand the car over."""

    odometer_km: Km | None = None
    """Left out: nobody looked, as at check-in."""
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    handed_to: ShortText | None = None
    """Who fetched the car, when it was not the customer."""
