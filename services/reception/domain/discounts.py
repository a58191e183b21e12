"""Discounts: how much below the list each role may go alone, and what a second person must grant."""

from collections.abc import Collection, Sequence
from typing import Any

from services.reception.domain.lines import PricedLine
from services.reception.domain.policies import Terms
from services.reception.domain.prices import discount_between
from shared.fields import BasisPoints
from shared.money import WHOLE_BP
from shared.refusal import Refused


class DiscountTerms(Terms, name="discounts"):
    """The largest discount on a line by role, in basis points; who has several roles may what the highest may."""

    advisor: BasisPoints = 500
    store_manager: BasisPoints = 2_000
    group_manager: BasisPoints = WHOLE_BP

    def limit(self, roles: Collection[str]) -> int:
        """How far somebody with these roles may go alone."""
        return max((bp for role, bp in self if role in roles), default=0)

    def needed_role(self, discount_bp: int) -> str | None:
        """The first role, from below, that may grant this much to others; None where nobody may."""
        return next((role for role in ("store_manager", "group_manager") if getattr(self, role) >= discount_bp), None)

    def refuse_to_grant(self, asked: dict[str, Any], roles: Collection[str]) -> None:
        """Refused('grant_above_limit'): nobody grants more than they may give themselves."""
        wanted = asked.get("discount_bp")
        wanted = wanted if isinstance(wanted, int) else WHOLE_BP
        if (limit := self.limit(roles)) < wanted:
            raise Refused(
                "grant_above_limit", "This is more than you may give yourself.", limit_bp=limit,
                needed_role=self.needed_role(wanted),
            )  # fmt: skip


def discounts(lines: Sequence[PricedLine], above_bp: int) -> dict[str, Any] | None:
    """The lines that are discounted by more than this, as values of an approval; None where there are none."""
    beyond = [line for line in lines if line.below_list_bp > above_bp]
    if not beyond:
        return None
    return {"discount_bp": max(line.below_list_bp for line in beyond), "lines": [_shown(line) for line in beyond]}


def above_list(lines: Sequence[PricedLine]) -> dict[str, Any] | None:
    """The lines that cost more than the list says, as values of an approval; None where there are none."""
    dearer = [line for line in lines if line.above_list]
    return {"lines": [_shown(line) for line in dearer]} if dearer else None


def below_agreed(line: PricedLine, agreed: PricedLine, above_bp: int) -> dict[str, Any] | None:
    """The line, where no list knows its price and it costs less than was agreed by more than this, as values of an approval."""
    found = discount_between(agreed.amount_fen, line.amount_fen)
    if line.listed_fen is not None or found <= above_bp:
        return None
    return {"discount_bp": found, "lines": [_shown(line) | {"agreed_fen": agreed.amount_fen}]}


def above_agreed(line: PricedLine, agreed: PricedLine) -> dict[str, Any] | None:
    """The line, where it costs more than was agreed, as values of an approval."""
    return {"lines": [_shown(line) | {"agreed_fen": agreed.amount_fen}]} if line.amount_fen > agreed.amount_fen else None


def _shown(line: PricedLine) -> dict[str, Any]:
    return {
        "code": line.code,
        "amount_fen": line.amount_fen,
        "listed_fen": line.listed_fen,
        "unit_price_fen": line.unit_price_fen,
        "list_price_fen": line.list_price_fen,
        "discount_bp": line.below_list_bp,
    }
