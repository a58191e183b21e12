"""What can be asked about invoices and money."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.reception.commands.estimates import Approved, PayerOfLine
from shared.events import Payer
from shared.fields import Body, Code, Fen, Id, ShortText

Amount = Annotated[Fen, Field(gt=0)]
Money = Literal["cash", "card", "mobile", "transfer"]


class TakePayment(Body):
    """Money for an invoice, part of a deposit that was taken before, what a member holds (`stored_value`, `points`, a session
    of a `package` card, a `voucher`), or (`on_account`) the agreement that it comes later."""

    method: Literal[
        "cash", "card", "mobile", "transfer", "deposit", "on_account", "stored_value", "points", "package", "voucher"
    ]  # fmt: skip
    amount_fen: Amount | None = None
    """May be left out where a voucher or a session says it."""
    reference: ShortText | None = None
    deposit_id: Id | None = None
    holding_id: Id | None = None
    """The voucher, or the line of the package card."""
    ro_line_id: Id | None = None
    """The labour line that a session pays."""

    @model_validator(mode="after")
    def _what_is_used_is_named(self) -> "TakePayment":
        if (self.method == "deposit") != (self.deposit_id is not None):
            raise ValueError("deposit_id belongs to the method deposit, and only there")
        if (self.method in ("package", "voucher")) != (self.holding_id is not None):
            raise ValueError("holding_id belongs to the methods package and voucher, and only there")
        if (self.method == "package") != (self.ro_line_id is not None):
            raise ValueError("ro_line_id belongs to the method package, and only there")
        if self.amount_fen is None and self.holding_id is None:
            raise ValueError("amount_fen is missing")
        return self


class TakeDeposit(Body):
    """Money for a repair order before its bill."""

    method: Money
    amount_fen: Amount
    reference: ShortText | None = None


class GiveBack(Body):
    """Money goes back, as a second person approved; what a member used goes back to the member, by the same method."""

    method: Literal["cash", "card", "mobile", "transfer", "stored_value", "points", "package", "voucher"]
    amount_fen: Amount
    reason: ShortText
    approval_id: Id | None = None


class SwitchPayers(Approved):
    """Others pay a line, perhaps at another price list; before the bill is made."""

    payers: Annotated[tuple[PayerOfLine, ...], Field(min_length=1, max_length=4)]
    deductible_fen: Fen = 0
    unit_price_fen: Fen | None = None
    """Left out: what the list asks of who pays most of it from now on; the price stays where that is who did before, or where
    there is no list price; what was agreed, where the line comes back to who agreed."""
    reason_code: Code


class CreditedLine(Body):
    """How much of one line is taken back."""

    ro_line_id: Id
    amount_fen: Amount


class CreditInvoice(Body):
    """Take back all or part of an invoice; `rebill_to` bills the same to another payer."""

    lines: Annotated[tuple[CreditedLine, ...], Field(max_length=400)] = ()
    """Left out: all that was not credited yet."""
    reason_code: Code
    rebill_to: Payer | None = None
    approval_id: Id | None = None

    @model_validator(mode="after")
    def _each_line_once(self) -> "CreditInvoice":
        if len({line.ro_line_id for line in self.lines}) != len(self.lines):
            raise ValueError("each line is named once")
        return self
