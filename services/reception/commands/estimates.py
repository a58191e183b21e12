"""What can be asked about estimates and the customer's agreement; units are in the names."""

from typing import Annotated, Literal

from pydantic import Field

from shared.events import Payer
from shared.fields import BasisPoints, Body, Code, Fen, FlatHoursMilli, Id, Moment, QuantityMilli, ShortText


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

    channel: Literal["in_person", "phone", "message", "link", "internal"]
    """`internal`: the house agrees to its own work."""
    evidence: ShortText
    """Where the proof is kept: number of the signed sheet, of the recorded call, of the car in stock …"""
    authorised_by: ShortText
    promised_at: Moment | None = None
    """May be left out when a time was promised at check-in."""
    approval_id: Id | None = None
    """The manager's approval of the cost estimate, where the kind of work needs one."""
