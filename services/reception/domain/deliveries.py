"""Handing the key over: who takes the car, what is shown and told, when to come again."""

from calendar import monthrange
from dataclasses import asdict, dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from services.reception.domain.policies import Terms
from shared.refusal import Invalid

Relation = Literal["customer", "family", "driver", "colleague", "other"]
OldParts = Literal["returned", "declined", "kept_for_claim", "none"]


class DeliveryTerms(Terms, name="delivery"):
    """When a delivered car should come again unless the advisor says otherwise (R9)."""

    next_service_months: Annotated[int, Field(ge=1, le=60)] = 6
    next_service_km: Annotated[int, Field(ge=100, le=100_000)] = 10_000


@dataclass(frozen=True, slots=True)
class Handover:
    """How the key is handed over (R9).  A delegate signs, and shows a document of which only the last characters are kept."""

    handed_to: str | None = None
    relation: Relation = "customer"
    identity_document: str | None = None
    identity_tail: str | None = None
    old_parts: OldParts = "none"
    washed: bool = False
    covers_removed: bool = False
    next_service_on: date | None = None
    next_service_km: int | None = None

    def only_known_delegates_take_the_key(self, *, signed: bool) -> None:
        """Who comes for the customer is named, shows a document and signs (R9: the key goes to no stranger).

        Invalid: `delegate_not_named`, `identity_not_seen`, `pickup_not_signed`."""
        if self.relation == "customer":
            return
        if self.handed_to is None:
            raise Invalid("body.handed_to", "delegate_not_named", "Name who fetches the car for the customer.")
        if self.identity_document is None or self.identity_tail is None:
            raise Invalid("body.identity_document", "identity_not_seen", "Note which document the delegate showed.")
        if not signed:
            raise Invalid("body.signature", "pickup_not_signed", "Who fetches the car for somebody else signs for it.")

    def kept(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self) | {"next_service_on": self.next_service_on.isoformat() if self.next_service_on else None}


def months_after(day: date, months: int) -> date:
    """The same day of the month that many months later, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
