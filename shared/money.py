"""Money between payers: one rule for every share of an amount, so that no two services are ever a fen apart."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import cn2an

from shared.refusal import Refused

WHOLE_BP = 10_000


def split(amount_fen: int, shares_bp: Mapping[str, int]) -> dict[str, int]:
    """An amount in fen by shares that add up to 10,000: each rounded down, the left-over fen to the largest remainders
    (ties: the larger share, then the name), so that the sum stays exact.  Refused('shares_not_whole') for other shares."""
    if sum(shares_bp.values()) != WHOLE_BP:
        raise Refused("shares_not_whole", "The shares of an amount must add up to 10,000.", sum_bp=sum(shares_bp.values()))
    parts = {name: amount_fen * share // WHOLE_BP for name, share in shares_bp.items()}
    left = amount_fen - sum(parts.values())
    by_remainder = sorted(shares_bp, key=lambda name: (-(amount_fen * shares_bp[name] % WHOLE_BP), -shares_bp[name], name))
    for name in by_remainder[:left]:
        parts[name] += 1
    return parts


def split_line(amount_fen: int, shares_bp: Mapping[str, int], deductible_fen: int = 0) -> dict[str, int]:
    """A line's amount between its payers: the customer pays the deductible first (at most the whole line), the payers share
    the rest as in `split`.  Refused('shares_not_whole')."""
    own = min(deductible_fen, amount_fen)
    parts = split(amount_fen - own, shares_bp)
    if own:
        parts["customer"] = parts.get("customer", 0) + own
    return parts


def spread(amount_fen: int, weights: Sequence[int]) -> list[int]:
    """An amount in fen over positions by their weights (all alike where all are 0): each rounded down, the left-over fen to the
    largest remainders (ties: the first), so that the sum stays exact."""
    heavy = list(weights) if sum(weights) else [1] * len(weights)
    whole = sum(heavy)
    parts = [amount_fen * weight // whole for weight in heavy]
    by_remainder = sorted(range(len(heavy)), key=lambda at: (-(amount_fen * heavy[at] % whole), at))
    for at in by_remainder[: amount_fen - sum(parts)]:
        parts[at] += 1
    return parts


def in_words(amount_fen: int) -> str:
    """The amount in Chinese capitals for printed forms (人民币大写): 6950000 -> '陆万玖仟伍佰元整'; credits begin with '负'."""
    sign = "负" if amount_fen < 0 else ""
    words: str = cn2an.an2cn(str((Decimal(abs(amount_fen)) / 100).quantize(Decimal("0.01"))), "rmb")
    return sign + words
