"""What the house asks for: the price of an hour by trade, the share of a part's list price, and the tax – per payer where the
payers have lists of their own.  Every version of the policy is kept, and every line remembers the one it was priced by."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from services.reception.domain.policies import Terms
from shared.events import Payer
from shared.fields import BasisPoints, Fen, Trade
from shared.money import WHOLE_BP

Share = Annotated[int, Field(strict=True, ge=0, le=5 * WHOLE_BP)]
"""Of a part's list price, in basis points."""


class HourPrices(BaseModel):
    """The price of one flat-rate hour by trade, tax included."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    mechanical: Fen = 30_000
    body: Fen = 32_000
    paint: Fen = 35_000
    detailing: Fen = 20_000
    accessories: Fen = 25_000
    glass: Fen = 28_000
    tyres: Fen = 22_000


class TaxRates(BaseModel):
    """The tax within a price, by kind of line."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    labour: BasisPoints = 1_300
    part: BasisPoints = 1_300
    sublet: BasisPoints = 1_300
    agency: BasisPoints = 600
    """Of the house's own fee."""


class PriceTerms(Terms, name="prices"):
    """The store's price list; what stands under a payer goes before what holds for all."""

    hour_fen: HourPrices = HourPrices()
    hour_fen_of_payer: dict[Payer, dict[Trade, Fen]] = Field(default_factory=dict)
    parts_share_bp: Share = WHOLE_BP
    parts_share_bp_of_payer: dict[Payer, Share] = Field(default_factory=dict)
    tax_bp: TaxRates = TaxRates()

    def hour(self, trade: Trade, payer: Payer) -> int:
        """Fen of one flat-rate hour."""
        found: int = getattr(self.hour_fen, trade)
        return self.hour_fen_of_payer.get(payer, {}).get(trade, found)

    def part(self, list_price_fen: int, payer: Payer) -> int:
        """Fen of one unit of a part, half up."""
        return share_of(list_price_fen, self.parts_share_bp_of_payer.get(payer, self.parts_share_bp))

    def tax(self, kind: str) -> int:
        """Basis points of tax within the price of such a line."""
        found: int = getattr(self.tax_bp, kind)
        return found


def share_of(amount_fen: int, share_bp: int) -> int:
    """This share of an amount in fen, half up."""
    return (amount_fen * share_bp + WHOLE_BP // 2) // WHOLE_BP


def discount_between(listed_fen: int, given_fen: int) -> int:
    """How far a price lies below the list's in basis points, rounded up so that no limit is passed unseen; 0 above it."""
    return max(0, -((given_fen - listed_fen) * WHOLE_BP // listed_fen)) if listed_fen else 0


def decisive_payer(payers: Sequence[dict[str, Any]]) -> Payer:
    """Whose list prices a line with several payers: that of the largest share; among equal ones the customer's, then the first
    by name.  A line without payers (refused later) counts as the customer's."""
    ranked = sorted(payers, key=lambda one: (-one["share_bp"], one["payer"] != "customer", one["payer"]))
    found: Payer = ranked[0]["payer"] if ranked else "customer"
    return found
