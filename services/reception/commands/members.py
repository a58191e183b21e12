"""What can be asked about members and what they hold."""

from typing import Annotated

from pydantic import Field, StrictBool, model_validator

from services.reception.commands.invoices import Amount, Money
from shared.fields import BasisPoints, Body, Code, Fen, Id, Moment, ShortText

Times = Annotated[int, Field(strict=True, ge=1, le=1_000)]


class JoinMember(Body):
    """A customer becomes a member."""

    customer_id: Id
    tier: Code | None = None


class TopUp(Body):
    """Money in advance."""

    method: Money
    amount_fen: Amount
    reference: ShortText | None = None


class PackageLine(Body):
    """So many times this labour operation; `list_price_fen` is what one costs without a card, and shares the card's price."""

    op_code: Code
    times: Times
    list_price_fen: Amount


class SellPackage(Body):
    """A card of prepaid services."""

    name: ShortText
    price_fen: Amount
    method: Money
    reference: ShortText | None = None
    lines: Annotated[tuple[PackageLine, ...], Field(min_length=1, max_length=50)]
    valid_until: Moment

    @model_validator(mode="after")
    def _each_operation_once(self) -> "SellPackage":
        if len({line.op_code for line in self.lines}) != len(self.lines):
            raise ValueError("each operation is named once")
        return self


class IssueVoucher(Body):
    """A voucher over an amount, or per cent with a cap."""

    face_fen: Amount | None = None
    discount_bp: Annotated[BasisPoints, Field(gt=0)] | None = None
    cap_fen: Amount | None = None
    min_spend_fen: Fen = 0
    valid_from: Moment | None = None
    """Now, when left out."""
    valid_until: Moment
    transferable: StrictBool = False
    reason: ShortText

    @model_validator(mode="after")
    def _an_amount_or_per_cent(self) -> "IssueVoucher":
        if (self.face_fen is None) == (self.discount_bp is None):
            raise ValueError("a voucher gives an amount or per cent")
        if (self.discount_bp is None) != (self.cap_fen is None):
            raise ValueError("a cap belongs to a voucher per cent, and only there")
        if self.valid_from is not None and self.valid_from >= self.valid_until:
            raise ValueError("it would never be valid")
        return self


class RefundMember(Body):
    """Paid-in value goes back, as a second person approved."""

    method: Money
    amount_fen: Amount
    reason: ShortText
    approval_id: Id | None = None


class RefundPackage(Body):
    """What the unused sessions of a card stand for goes back, as a second person approved."""

    method: Money
    reason: ShortText
    approval_id: Id | None = None


class EndMembership(Body):
    """The customer leaves, or is no member any more: why."""

    reason: ShortText
