"""What can be asked about rescue calls; units are in the names."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.fields import Body, Code, Fen, Id, LongText, Moment, Phone, PlateNo, ShortText

Latitude = Annotated[int, Field(strict=True, ge=-90_000_000, le=90_000_000)]
Longitude = Annotated[int, Field(strict=True, ge=-180_000_000, le=180_000_000)]


class TakeRescueCall(Body):
    """Somebody calls from the road."""

    caller_name: ShortText
    caller_phone: Phone
    location: LongText
    """Where the car is, as the caller says it."""
    latitude_microdeg: Latitude | None = None
    """Millionths of a degree (WGS 84), where the place was sent."""
    longitude_microdeg: Longitude | None = None
    words: LongText
    """What happened, in the caller's own words."""
    plate: PlateNo | None = None
    vehicle_id: Id | None = None
    customer_id: Id | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> "TakeRescueCall":
        if (self.latitude_microdeg is None) != (self.longitude_microdeg is None):
            raise ValueError("a place needs latitude and longitude")
        return self


class DispatchRescue(Body):
    """Somebody drives out; `at` when that was, now when left out."""

    responder: Code
    tow_partner: ShortText | None = None
    at: Moment | None = None


class ArriveAtRescue(Body):
    """Help is there."""

    at: Moment | None = None


class ConcludeRescue(Body):
    """What was done for the car."""

    outcome: Literal["repaired_on_site", "towed"]
    note: ShortText | None = None
    tow_partner: ShortText | None = None
    """As named at dispatch, when left out."""
    tow_cost_fen: Fen | None = None
    at: Moment | None = None

    @model_validator(mode="after")
    def _only_towing_costs_towing(self) -> "ConcludeRescue":
        if self.outcome != "towed" and (self.tow_partner is not None or self.tow_cost_fen is not None):
            raise ValueError("only a towed car has a tow partner and their cost")
        return self


class EndRescue(Body):
    """Cancel the call, or close it without a repair order: why."""

    reason: ShortText
