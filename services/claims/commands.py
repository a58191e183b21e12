"""What can be asked of claims."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, StrictBool

from shared.fields import Body, Code, Fen, Km, Moment, ShortText

Months = Annotated[int, Field(strict=True, ge=1, le=600)]
PaidFen = Annotated[int, Field(strict=True, gt=0, le=10**13)]


class KeepWarrantyPolicy(Body):
    """Add a version of what the maker covers: of a brand, or of one of its models, by months since in-service and km, both
    inclusive.  It judges repairs of cars checked in from `valid_from` on (the day in the store's zone)."""

    brand: ShortText
    model: ShortText | None = None
    months: Months
    km: Km
    valid_from: Moment


class ValidateClaim(Body):
    """Judge a drafted claim by the maker's policy."""


class SubmitClaim(Body):
    """Send a validated claim to the maker."""


class LineDecision(Body):
    """What the maker approves of one line, and its reason when that is less than claimed."""

    ro_line_id: UUID
    approved_fen: Fen
    reason_code: Code | None = None


class DecideClaim(Body):
    """The maker's decision; it names every line of the claim exactly once."""

    lines: Annotated[list[LineDecision], Field(min_length=1, max_length=200)]


class RecordPayment(Body):
    """Money came in from the maker; `reference` is the transfer's own, `final` says that the maker will pay no more: if
    something is still open, the claim is `short_paid` then."""

    amount_fen: PaidFen
    reference: ShortText
    final: StrictBool = False
