"""What can be asked about invoices and money."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from services.reception.commands.estimates import Approved, PayerOfLine
from shared.events import Payer
from shared.fields import Body, Code, Fen, Id, ShortText

Amount = Annotated[Fen, Field(gt=0)]
Money = Literal["cash", "card", "mobile", "transfer"]


class TakePayment(Body):
    """Money for an invoice, part of a deposit that was taken before, or (`on_account`) the agreement that it comes later."""

    method: Literal["cash", "card", "mobile", "transfer", "deposit", "on_account"]
    amount_fen: Amount
    reference: ShortText | None = None
    deposit_id: Id | None = None

    @model_validator(mode="after")
    def _deposits_are_named(self) -> "TakePayment":
        if (self.method == "deposit") != (self.deposit_id is not None):
            raise ValueError("deposit_id belongs to the method deposit, and only there")
        return self


class TakeDeposit(Body):
    """Money for a repair order before its bill."""

    method: Money
    amount_fen: Amount
    reference: ShortText | None = None


class GiveBack(Body):
    """Money goes back, as a second person approved."""

    method: Money
    amount_fen: Amount
    reason: ShortText
    approval_id: Id | None = None


class SwitchPayers(Approved):
    """Others pay a line, perhaps at another price list; before the bill is made."""

    payers: Annotated[tuple[PayerOfLine, ...], Field(min_length=1, max_length=4)]
    deductible_fen: Fen = 0
    unit_price_fen: Fen | None = None
    """Left out: what the list asks of who pays most of it from now on; the price stays where that is who did before, or where
    there is no list price."""
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
