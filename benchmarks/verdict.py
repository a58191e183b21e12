"""From the turns' figures to medians, ratios and goals: the table for people and the one JSON object for programs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from benchmarks.turns import Figures

PRODUCT, FLOOR, NAIVE, PER_MESSAGE, TWO = "product", "floor", "naive", "per_message", "product, two processes"


@dataclass(frozen=True, slots=True)
class Goal:
    """A ratio between two contestants and where it should lie."""

    name: str
    words: str
    of: str
    to: str
    figure: Callable[[Figures], float | None]
    bound: float
    at_least: bool

    def ratio(self, turns: Mapping[str, Sequence[Figures]]) -> float | None:
        """Median over the rounds of the ratio within one round; None where a figure is missing or a turn was invalid."""
        pairs = zip(turns.get(self.of, ()), turns.get(self.to, ()), strict=False)
        ratios = []
        for mine, theirs in pairs:
            above, below = self.figure(mine), self.figure(theirs)
            if mine.faults or theirs.faults or above is None or not below:
                return None
            ratios.append(above / below)
        return median(ratios) if ratios else None

    def met(self, ratio: float | None) -> bool:
        return ratio is not None and (ratio >= self.bound if self.at_least else ratio <= self.bound)


def _rate(figures: Figures) -> float:
    return figures.hops_per_second


def _idle_p50(figures: Figures) -> float | None:
    return median(figures.idle_ms) if figures.idle_ms else None


def _processor(figures: Figures) -> float | None:
    if figures.postgres_us is None or figures.broker_us is None:
        return None
    return figures.python_us + figures.postgres_us + figures.broker_us


GOALS = (
    Goal("product_vs_floor", "throughput, of the floor's", PRODUCT, FLOOR, _rate, 0.45, True),
    Goal("product_vs_naive", "throughput, of the naive consumer's", PRODUCT, NAIVE, _rate, 6.0, True),
    Goal("idle_p50_vs_per_message", "idle p50, of one transaction per message", PRODUCT, PER_MESSAGE, _idle_p50, 1.6, False),
    Goal("cpu_vs_floor", "processor time per hop, of the floor's", PRODUCT, FLOOR, _processor, 3.0, False),
    Goal("two_processes_vs_one", "throughput of two processes, of one's", TWO, PRODUCT, _rate, 1.5, True),
)


def table(turns: Mapping[str, Sequence[Figures]]) -> str:
    """Medians per contestant, then the ratios beside their goals."""
    lines = [
        f"{'contestant':<24}{'hop/s':>8}  {'CPU µs/hop: Python':>18}{'PostgreSQL':>12}{'RabbitMQ':>10}"
        f"  {'idle p50 ms':>11}{'p99 ms':>8}  valid"
    ]
    for name, figures in turns.items():
        row = summary(figures)
        valid = "yes" if row["valid"] else "NO: " + "; ".join(row["faults"])
        lines.append(
            f"{name:<24}{_shown(row['hops_per_second']):>8}  {_shown(row['python_us']):>18}{_shown(row['postgres_us']):>12}"
            f"{_shown(row['broker_us']):>10}  {_shown(row['idle_p50_ms'], 1):>11}{_shown(row['idle_p99_ms'], 1):>8}  {valid}"
        )
    lines.append("")
    for goal in GOALS:
        ratio = goal.ratio(turns)
        bound = f"{'≥' if goal.at_least else '≤'} {goal.bound}"
        answer = "not measured" if ratio is None else "met" if goal.met(ratio) else "MISSED"
        lines.append(f"{goal.words:<44}{_shown(ratio, 2):>7}   goal {bound:<7}{answer}")
    return "\n".join(lines)


def summary(figures: Sequence[Figures]) -> dict[str, Any]:
    """One contestant's medians; idle latencies are pooled over the rounds."""
    idle = sorted(ms for turn in figures for ms in turn.idle_ms)
    faults = sorted({fault for turn in figures for fault in turn.faults})
    return {
        "valid": not faults,
        "faults": faults,
        "hops_per_second": _median([turn.hops_per_second for turn in figures]),
        "python_us": _median([turn.python_us for turn in figures]),
        "postgres_us": _median([turn.postgres_us for turn in figures]),
        "broker_us": _median([turn.broker_us for turn in figures]),
        "idle_p50_ms": round(median(idle), 2) if idle else None,
        "idle_p99_ms": round(quantiles(idle, n=100, method="inclusive")[98], 2) if len(idle) > 1 else None,
    }


def verdict(turns: Mapping[str, Sequence[Figures]], **about: Any) -> dict[str, Any]:
    """The last line of the run, as one object: every ratio (null where it was not measured), goals met, all figures."""
    ratios = {goal.name: goal.ratio(turns) for goal in GOALS}
    contestants = {name: summary(figures) for name, figures in turns.items()}
    return {
        "valid": all(row["valid"] for row in contestants.values()),
        **{name: None if ratio is None else round(ratio, 3) for name, ratio in ratios.items()},
        "goals_met": {goal.name: goal.met(ratios[goal.name]) for goal in GOALS if ratios[goal.name] is not None},
        "contestants": contestants,
        **about,
    }


def _median(figures: Sequence[float | None]) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return round(median(known), 1) if len(known) == len(figures) and known else None


def _shown(figure: float | None, digits: int = 0) -> str:
    return "–" if figure is None else f"{figure:,.{digits}f}"
