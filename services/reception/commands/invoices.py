"""What can be asked about invoices and money."""

from typing import Annotated, Literal

from pydantic import Field

from shared.fields import Body, Fen, ShortText


class TakePayment(Body):
    """Money for an invoice, or (`on_account`) the agreement that it comes later."""

    method: Literal["cash", "card", "mobile", "transfer", "on_account"]
    amount_fen: Annotated[Fen, Field(gt=0)]
    reference: ShortText | None = None
