"""What can be asked of reception, as request bodies; units are in the names."""

import re
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StrictBool

from shared.events import Payer
from shared.fields import (
    BasisPoints,
    Body,
    Code,
    Fen,
    FlatHoursMilli,
    Id,
    Km,
    LongText,
    Moment,
    Phone,
    PlateNo,
    QuantityMilli,
    ShortText,
    Vin,
)  # fmt: skip


def _iso(day: object) -> object:
    if not (isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII)):
        raise ValueError("should be a day of the form YYYY-MM-DD")
    return day


Day = Annotated[date, BeforeValidator(_iso)]
"""A calendar day, YYYY-MM-DD."""
Channel = Literal["phone", "sms", "wechat", "email"]
Nature = Literal["three_guarantee", "private", "commercial", "special_warranty", "no_warranty"]
"""三包车, 非营运, 营运用车, 特殊保修车, 非保修车: decides which warranty policies may apply."""
Panel = Literal[
    "front_bumper", "rear_bumper", "bonnet", "boot_lid", "roof", "windscreen", "rear_window", "left_front_wing",
    "right_front_wing", "left_rear_wing", "right_rear_wing", "left_front_door", "right_front_door", "left_rear_door",
    "right_rear_door", "left_sill", "right_sill", "left_mirror", "right_mirror", "wheel_front_left", "wheel_front_right",
    "wheel_rear_left", "wheel_rear_right", "interior",
]  # fmt: skip


class ChangeContact(Body):
    """How a customer may be reached from now on."""

    name: ShortText
    phone: Phone
    channel: Channel = "phone"
    consent: StrictBool
    """Whether the customer may be called after the visit."""


class RegisterCustomer(ChangeContact):
    """Open a customer's file."""

    kind: Literal["person", "company"] = "person"
    account_terms: StrictBool = False
    """Whether invoices may be put on account."""


class IdentifyVehicle(Body):
    """What a car is, and whose."""

    plate: PlateNo
    brand: ShortText
    model: ShortText
    nature: Nature = "private"
    in_service_on: Day | None = None
    """Day of the purchase invoice, when the warranty began."""
    customer_id: Id


class RegisterVehicle(IdentifyVehicle):
    """Open a car's file."""

    vin: Vin


class Symptom(Body):
    """One symptom in a structured way, beside the customer's words."""

    concern_code: Code
    condition: ShortText | None = None
    frequency: Literal["always", "often", "sometimes", "once"] | None = None


class DamageMark(Body):
    """One damage seen on the walk-around; the place on the panel in basis points from its left and top edge, if marked."""

    panel: Panel
    kind: Literal["scratch", "dent", "crack", "chip", "rust", "missing"]
    left_bp: BasisPoints | None = None
    top_bp: BasisPoints | None = None


class CheckIn(Body):
    """A car arrives without an appointment."""

    vehicle_id: Id
    customer_id: Id
    words: LongText
    """The request in the customer's own words, read back and confirmed."""
    symptoms: Annotated[tuple[Symptom, ...], Field(max_length=20)] = ()
    odometer_km: Km
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    fuel_bp: BasisPoints
    """How full the tank is."""
    belongings: Annotated[tuple[ShortText, ...], Field(max_length=30)] = ()
    damage_marks: Annotated[tuple[DamageMark, ...], Field(max_length=60)] = ()
    promised_at: Moment | None = None


class PayerOfLine(Body):
    """Who pays which share of a line."""

    payer: Payer
    share_bp: BasisPoints


class _Line(Body):
    description: ShortText
    unit_price_fen: Fen
    """Price with tax, of one flat-rate hour or one unit of the part."""
    tax_bp: BasisPoints = 1_300
    concern_code: Code | None = None
    payers: Annotated[tuple[PayerOfLine, ...], Field(max_length=4)]


class LabourLine(_Line):
    """A labour operation; `ref` is the name by which part lines of this request refer to it."""

    kind: Literal["labour"]
    ref: Code
    op_code: Code
    flat_hours_milli: FlatHoursMilli


class PartLine(_Line):
    """A part for the labour operation `labour_line_ref`."""

    kind: Literal["part"]
    labour_line_ref: Code
    part_no: Code
    quantity_milli: QuantityMilli


ProposedLine = Annotated[LabourLine | PartLine, Field(discriminator="kind")]


class DrawUpEstimate(Body):
    """Propose work and its price; replaces the estimate before."""

    lines: Annotated[tuple[ProposedLine, ...], Field(min_length=1, max_length=200)]


class Authorise(Body):
    """The customer agrees to the newest estimate."""

    channel: Literal["in_person", "phone", "message", "link"]
    evidence: ShortText
    """Where the proof is kept: number of the signed sheet, of the recorded call …"""
    authorised_by: ShortText
    promised_at: Moment | None = None
    """May be left out when a time was promised at check-in."""


class TakePayment(Body):
    """Money for an invoice, or (`on_account`) the agreement that it comes later."""

    method: Literal["cash", "card", "mobile", "transfer", "on_account"]
    amount_fen: Annotated[Fen, Field(gt=0)]
    reference: ShortText | None = None


class Deliver(Body):
    """Hand the car over."""

    odometer_km: Km | None = None
    """Left out: nobody looked, as at check-in."""
    odometer_reset_reason: ShortText | None = None
    """Why the odometer shows less than before."""
    handed_to: ShortText | None = None
    """Who fetched the car, when it was not the customer."""
