"""Kinds of repair orders, and what is different about internal work (R12).

Internal work is done on the house's own account: pre-delivery inspection of a new car (售前检测 PDI), reconditioning of a used
one, and the first maintenance (首保) that came with the car.  No customer pays for it, and nobody is asked how they liked it
(C13).  The maker refunds a first maintenance where that is part of the warranty, so that such lines may name it as payer;
all other internal work the house pays itself (R12: payer internal)."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from services.reception.domain.lines import NO_PAYER_OF_SERVICES, PricedLine
from shared.refusal import Invalid

PAYERS_OF_INTERNAL: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "pdi": frozenset({"internal"}),
        "reconditioning": frozenset({"internal"}),
        "first_maintenance": frozenset({"internal", "warranty"}),
    }
)
"""Internal kinds, and who may pay for their lines."""
COSTS_APPROVED = frozenset({"pdi", "reconditioning"})
"""Kinds whose cost estimate the store's manager approves before work begins: nobody outside the house looks at it."""
INTERNAL = "internal"
"""The payer, and the channel by which the house agrees with itself."""


def is_internal(order_kind: str) -> bool:
    """Whether the work is done on the house's own account."""
    return order_kind in PAYERS_OF_INTERNAL


def refuse_payers(order_kind: str, lines: Iterable[PricedLine]) -> None:
    """Invalid('payer_not_internal') naming the first line that an order of this kind cannot charge to its payer."""
    allowed = PAYERS_OF_INTERNAL.get(order_kind)
    for line in lines if allowed is not None else ():
        payers = {share["payer"] for share in line.payers} | ({"customer"} if line.deductible_fen else set())
        if others := payers - (allowed or set()):
            raise Invalid(
                f"{line.place}.payers",
                "payer_not_internal",
                "The house pays for internal work itself.",
                order_kind=order_kind,
                payers=sorted(others),
            )


def refuse_new_payer(payer: str, order_kind: str, lines: Iterable[PricedLine]) -> None:
    """Invalid(`payer_not_internal`, `payer_not_for_services`): nobody is billed by a credit note who could not have been billed
    for these lines at first."""
    place, allowed = "body.rebill_to", PAYERS_OF_INTERNAL.get(order_kind)
    if allowed is not None and payer not in allowed:
        raise Invalid(place, "payer_not_internal", "The house pays for internal work itself.", order_kind=order_kind)
    if payer == NO_PAYER_OF_SERVICES and any(line.is_service for line in lines):
        raise Invalid(place, "payer_not_for_services", "The maker is claimed for jobs and parts only; let the house pay.")


def refuse_channel(order_kind: str, channel: str) -> None:
    """Invalid: `channel_not_internal` where a customer must agree, `channel_internal_needed` where the house alone does."""
    if channel == INTERNAL and not is_internal(order_kind):
        raise Invalid("body.channel", "channel_not_internal", "A customer pays for this work and must agree to it.")
    if channel != INTERNAL and order_kind in COSTS_APPROVED:
        raise Invalid("body.channel", "channel_internal_needed", "The house agrees to this work; name the stock number.")
