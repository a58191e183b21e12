"""Pricing lines: what the catalogue of operations, the parts on offer and the store's price list know, a request may leave
out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self
from uuid import UUID

from services.reception.domain.offers import PartOffer
from services.reception.domain.operations import Operation
from services.reception.domain.policies import ReceptionPolicy
from services.reception.domain.prices import PriceTerms, decisive_payer, discount_between, share_of
from shared.money import WHOLE_BP
from shared.refusal import Invalid


@dataclass(frozen=True, slots=True)
class Listed:
    """What the lists say of a line: the price of one unit (None: no price), its name, and the hours where they are known."""

    unit_price_fen: int | None
    description: str
    flat_hours_milli: int | None = None


@dataclass(frozen=True, slots=True)
class PriceList:
    """One store's prices for a car of one model, by one version of the policy (`policy_id`; None: the defaults)."""

    terms: PriceTerms
    policy_id: UUID | None = None
    model: str = ""
    operations: Mapping[str, Operation] = field(default_factory=dict)
    """By code."""
    offers: Mapping[str, PartOffer] = field(default_factory=dict)
    """By part number."""

    @classmethod
    def under(
        cls, policy: ReceptionPolicy | None, model: str, operations: Iterable[Operation], offers: Iterable[PartOffer]
    ) -> Self:
        """By this version of the policy, as far as these operations and parts go."""
        return cls(
            terms=PriceTerms.under(policy),
            policy_id=policy.id if policy else None,
            model=model,
            operations={operation.op_code: operation for operation in operations},
            offers={offer.part_no: offer for offer in offers},
        )

    def for_model(self, model: str) -> Self:
        """The same prices, for a car of this model."""
        return replace(self, model=model)

    def find(self, kind: str, code: str, payers: list[dict[str, Any]]) -> Listed | None:
        """What the lists say for who decides the price (see `decisive_payer`)."""
        payer = decisive_payer(payers)
        if kind == "labour" and (operation := self.operations.get(code)):
            return Listed(self.terms.hour(operation.trade, payer), operation.name_zh, operation.hours_for(self.model))
        if kind == "part" and (offer := self.offers.get(code)):
            known = offer.list_price_fen
            return Listed(None if known is None else self.terms.part(known, payer), offer.name_zh)
        return None

    def complete(self, place: str, told: Mapping[str, Any]) -> dict[str, Any]:
        """The wording of a line of which the request says this; what it leaves out is taken from the lists.

        Invalid, at `place`: `description_missing`, `hours_missing`, `price_missing` where the lists do not know it either;
        `discount_without_list_price`, `price_and_discount`."""
        found = self.find(told["kind"], told.get("op_code") or told.get("part_no") or "", told["payers"])
        completed = {**told, "tax_bp": self.terms.tax(told["kind"]) if told["tax_bp"] is None else told["tax_bp"]}
        if told["description"] is None:
            completed["description"] = found.description if found else None
        if told["kind"] == "labour" and told.get("flat_hours_milli") is None:
            completed["flat_hours_milli"] = found.flat_hours_milli if found else None
            if completed["flat_hours_milli"] is None:
                raise Invalid(f"{place}.flat_hours_milli", "hours_missing", "The catalogue knows no hours for this car.")
        if completed["description"] is None:
            raise Invalid(f"{place}.description", "description_missing", "No list knows this line; say what it is.")
        completed["list_hours_milli"] = found.flat_hours_milli if found else None
        return completed | self.price(place, found, told["unit_price_fen"], told["discount_bp"])

    def price(self, place: str, found: Listed | None, given_fen: int | None, discount_bp: int | None) -> dict[str, Any]:
        """The price of a line for which this much, or this discount, is asked.  Invalid as in `complete`."""
        listed_fen = found.unit_price_fen if found else None
        if listed_fen is None:
            if discount_bp is not None:
                raise Invalid(f"{place}.discount_bp", "discount_without_list_price", "There is no list price to take off from.")
            if given_fen is None:
                raise Invalid(f"{place}.unit_price_fen", "price_missing", "No list knows the price; say it.")
            return {**_UNLISTED, "unit_price_fen": given_fen}
        if given_fen is not None and discount_bp is not None:
            raise Invalid(f"{place}.discount_bp", "price_and_discount", "Say the price or the discount, not both.")
        if given_fen is None:
            discount_bp = discount_bp or 0
            given_fen = share_of(listed_fen, WHOLE_BP - discount_bp)
        else:
            discount_bp = discount_between(listed_fen, given_fen)
        return {
            **_UNLISTED,
            "unit_price_fen": given_fen,
            "list_price_fen": listed_fen,
            "discount_bp": discount_bp if listed_fen else 0,
            "price_list_id": self.policy_id,
        }


_UNLISTED: Mapping[str, Any] = MappingProxyType(
    {"list_price_fen": None, "discount_bp": 0, "price_list_id": None, "package_amount_fen": None}
)
