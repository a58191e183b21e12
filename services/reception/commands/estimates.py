"""What can be asked about estimates and the customer's agreement; units are in the names."""

from typing import Annotated, Literal

from pydantic import Field

from services.reception.commands.signatures import Sign
from shared.events import Payer
from shared.fields import BasisPoints, Body, Code, Day, Fen, FlatHoursMilli, Id, Moment, QuantityMilli, ShortText

Share = Annotated[int, Field(strict=True, ge=1, le=10_000)]
"""In basis points; who pays nothing is no payer."""


class PayerOfLine(Body):
    """Who pays which share of a line."""

    payer: Payer
    share_bp: Share


class Price(Body):
    """What a line costs, tax included; left out: as the price list says."""

    description: ShortText | None = None
    unit_price_fen: Fen | None = None
    """Of one flat-rate hour or one unit of the part.  Below the list's price it is a discount."""
    discount_bp: BasisPoints | None = None
    """What is taken off the list's price, in place of `unit_price_fen`."""
    tax_bp: BasisPoints | None = None


class Approved(Body):
    """What only two people may agree on."""

    approval_id: Id | None = None
    """For discounts above the caller's own limit: the approval `discount`."""
    price_approval_id: Id | None = None
    """For prices above the list's: the approval `price`."""


class _Line(Price):
    concern_code: Code | None = None
    payers: Annotated[tuple[PayerOfLine, ...], Field(max_length=4)]
    deductible_fen: Fen = 0
    """What the customer pays of the line before the payers share the rest."""


class LabourLine(_Line):
    """A labour operation; `ref` is the name by which part lines of this request refer to it."""

    kind: Literal["labour"]
    ref: Code
    op_code: Code
    flat_hours_milli: FlatHoursMilli | None = None
    """Left out: as the catalogue says for the car's model."""


class PartLine(_Line):
    """A part for the labour operation `labour_line_ref`."""

    kind: Literal["part"]
    labour_line_ref: Code
    part_no: Code
    quantity_milli: QuantityMilli


class SubletLine(_Line):
    """Work that another firm does for the house (外加工): a code, a description and a price are needed."""

    kind: Literal["sublet"]
    op_code: Code
    vendor: ShortText
    cost_fen: Fen
    """What the firm asks of the house; customers never see it."""
    due_on: Day | None = None
    """When the firm promised to be done."""


class AgencyLine(Body):
    """Paperwork that the house does for the customer (代办): the customer pays its fee and what the third party asks."""

    kind: Literal["agency"]
    service: Literal["insurance_renewal", "annual_inspection", "licence", "finance"]
    """续保, 年检, 牌证, 金融."""
    description: ShortText | None = None
    """Left out: the service's name."""
    fee_fen: Fen
    """The house's own fee, tax included."""
    third_party_fen: Fen = 0
    """Passed through to insurer, inspection or office, without tax of the house."""
    commission_fen: Fen = 0
    """What the house earns of the third party; customers never see it."""
    due_on: Day | None = None
    tax_bp: BasisPoints | None = None
    """Of the fee."""
    concern_code: Code | None = None
    payers: Annotated[tuple[PayerOfLine, ...], Field(max_length=4)]
    deductible_fen: Fen = 0


class PackageLines(Body):
    """All lines of a package of the menu, at its price."""

    kind: Literal["package"]
    package_code: Code
    concern_code: Code | None = None
    payers: Annotated[tuple[PayerOfLine, ...], Field(max_length=4)]


ProposedLine = Annotated[LabourLine | PartLine | SubletLine | AgencyLine | PackageLines, Field(discriminator="kind")]


class DrawUpEstimate(Approved):
    """Propose work and its price; replaces the estimate before."""

    lines: Annotated[tuple[ProposedLine, ...], Field(min_length=1, max_length=200)]


class Choice(Body):
    """What the customer says of one labour line (its parts follow it), or of a part that was proposed alone."""

    line_id: Id
    decision: Literal["approved", "declined", "deferred"]
    reason_code: Code | None = None
    severity: Literal["safety", "soon", "advice"] = "advice"
    """Of a line that nobody graded yet; a supplement's lines have the workshop's grade, what the catalogue calls safety
    critical is `safety`."""
    remind_on: Day | None = None
    """When to ask again about work that is not done now."""
    waiver: Sign | None = None
    """A declined safety item asks for a signature."""


class _Agreement(Body):
    channel: Literal["in_person", "phone", "message", "link", "internal"]
    """`internal`: the house agrees to its own work."""
    evidence: ShortText
    """Where the proof is kept: number of the signed sheet, of the recorded call, of the car in stock …"""
    authorised_by: ShortText
    decisions: Annotated[tuple[Choice, ...], Field(max_length=200)] = ()
    """Lines that are not named are approved."""
    promised_at: Moment | None = None
    """May be left out when a time was promised before."""
    approval_id: Id | None = None
    """The manager's approval, where the kind of work or its amount needs one."""


class Authorise(_Agreement):
    """The customer agrees to the newest estimate, line by line."""

    ceiling_fen: Fen | None = None
    """What the work may cost in all without asking the customer again."""


class DecideSupplement(_Agreement):
    """The customer decides about additional work, line by line."""


class PricedFinding(Price):
    """The price of one line that the workshop proposed."""

    line_id: Id
    payers: Annotated[tuple[PayerOfLine, ...], Field(max_length=4)]
    deductible_fen: Fen = 0


class NotOffered(Body):
    """A proposed line that is not put to the customer, and why."""

    line_id: Id
    reason_code: Code


class PriceSupplement(Approved):
    """Put a price to what the workshop proposed; each line is priced or left out for a reason."""

    lines: Annotated[tuple[PricedFinding, ...], Field(min_length=1, max_length=50)]
    not_offered: Annotated[tuple[NotOffered, ...], Field(max_length=50)] = ()


class ChangePromise(Body):
    """Another time of delivery, and why."""

    promised_at: Moment
    reason_code: Code
