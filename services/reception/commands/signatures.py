"""How a customer signs."""

from typing import Annotated, Literal

from pydantic import StringConstraints, model_validator

from shared.fields import Body, ShortText

Strokes = Annotated[str, StringConstraints(pattern=r"^[MLmlz0-9 .,-]{1,20000}$", strict=True)]
"""A drawn signature as path data: M, L, z, numbers."""


class Sign(Body):
    """The customer signs: by drawing, on paper (whose number is kept), or behind a link."""

    signer: ShortText
    channel: Literal["tablet", "paper", "link"] = "tablet"
    strokes: Strokes | None = None
    paper_no: ShortText | None = None

    @model_validator(mode="after")
    def _something_is_signed(self) -> "Sign":
        if self.channel == "tablet" and self.strokes is None:
            raise ValueError("a signature on the tablet needs its strokes")
        if self.channel == "paper" and self.paper_no is None:
            raise ValueError("a signature on paper needs the paper's number")
        return self
