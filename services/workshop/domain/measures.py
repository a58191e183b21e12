"""Measures (K1): each a ratio that is named by its parts, because the trade uses one word for several ratios (domain rules, KPI
formulas).  Times are whole milliseconds, cut off at both ends of every stretch, so that they add up over days and people; a
sold (flat-rate) hour in thousandths is 3,600 of them.

By trade (W8), `utilisation` and `productivity` are of the trade's people: what they attended, clocked and sold, whatever work
it was.  What tells of jobs is of the trade of the work, whoever did it: `efficiency` and its parts, sales, rework, punctuality,
and what was waited for.  So each numerator fits its denominator, and the hours and the revenue of a trade are its work's.

Work counts whoever pays for it, the house's own (PDI, reconditioning) too: the workshop does not know the payers.  A promise, a
day of check-in or flat-rate hours that reception never said are no zero: such rows are left out and told as exclusions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

MOST_DAYS = 92
SOLD_MS = 3_600
"""Milliseconds in a thousandth of an hour."""
HOUR_MS = 1_000 * SOLD_MS

Part = Literal["milliseconds", "orders", "jobs", "holds", "pauses", "rounds", "fen"]
Unit = Literal["share", "hours", "fen_per_hour"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """So many rows were left out of a measure, and why."""

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Measure:
    """`numerator` of `numerator_of` over `denominator` of `denominator_of`; `formula` says it in words."""

    name: str
    numerator: int
    numerator_of: Part
    denominator: int
    denominator_of: Part
    unit: Unit
    exclusions: Sequence[Exclusion]
    formula: str

    @property
    def value_bp(self) -> int | None:
        """The ratio in ten-thousandths of one, of an hour or of a fen for an hour, half up; None: the denominator is 0."""
        if self.unit == "fen_per_hour":
            return self._rounded(self.numerator * HOUR_MS, self.denominator)
        return self._rounded(self.numerator, self.denominator * (1 if self.unit == "share" else HOUR_MS))

    @staticmethod
    def _rounded(above: int, below: int) -> int | None:
        return (2 * 10_000 * above + below) // (2 * below) if below else None


@dataclass(slots=True)
class Worked:
    """Time that was clocked on jobs, and the flat-rate hours of the jobs that were completed."""

    worked_ms: int = 0
    sold_ms: int = 0
    corrected: int = 0
    without_attendance: int = 0
    no_flat_hours: int = 0

    def work(self, worked_ms: int, corrected: int, without_attendance: int) -> None:
        """So much more was clocked; so many activities were left out."""
        self.worked_ms += worked_ms
        self.corrected += corrected
        self.without_attendance += without_attendance

    def clocks_left_out(self) -> dict[str, int]:
        """Activities that do not count, by reason."""
        return {"corrected": self.corrected, "without_attendance": self.without_attendance}


@dataclass(slots=True)
class Clocked(Worked):
    """What people's clocks and the jobs that they completed add up to."""

    attended_ms: int = 0

    def measures(self) -> list[Measure]:
        attended, jobs = self.attended_ms, {"no_flat_hours": self.no_flat_hours}
        return [
            _of_times("utilisation", self.worked_ms, attended, self.clocks_left_out(), "time worked on jobs / time attended"),
            _of_times("productivity", self.sold_ms, attended, jobs, "flat-rate hours of completed jobs / time attended"),
        ]


@dataclass(slots=True)
class Done(Worked):
    """What the jobs themselves add up to, by whomever they were done."""

    revenue_fen: int = 0
    priced_ms: int = 0
    """Sold hours of jobs of which the amount is known."""
    no_amount: int = 0
    jobs: int = 0
    reworked: int = 0
    promised: int = 0
    on_time: int = 0

    def measures(self) -> list[Measure]:
        no_hours = {"no_flat_hours": self.no_flat_hours}
        return [
            _of_times(
                "efficiency", self.sold_ms, self.worked_ms, self.clocks_left_out() | no_hours,
                "flat-rate hours of completed jobs / time worked on jobs",
            ),
            Measure(
                "labour_sales_per_sold_hour", self.revenue_fen, "fen", self.priced_ms, "milliseconds", "fen_per_hour",
                _left_out(no_hours | {"no_amount": self.no_amount}),
                "what was agreed for the labour of completed jobs, tax included / their flat-rate hours",
            ),
            Measure(
                "jobs_reworked", self.reworked, "jobs", self.jobs, "jobs", "share", [],
                "completed jobs that ever failed a quality check, or came back / completed jobs; a job counts for each"
                " technician who worked on it before its first check",
            ),
            Measure(
                "jobs_on_time", self.on_time, "jobs", self.promised, "jobs", "share",
                _left_out({"first_promise_unknown": self.jobs - self.promised}),
                "jobs completed by the first promise of their order / completed jobs whose order's first promise is known",
            ),
        ]  # fmt: skip


@dataclass(slots=True)
class Delivered:
    """What the repair orders that were delivered add up to; closed are those with a completed job."""

    orders: int = 0
    closed: int = 0
    sold_ms: int = 0
    promised: int = 0
    on_time: int = 0
    opened: int = 0
    same_day: int = 0
    reworked: int = 0
    came_back: int = 0

    def measures(self) -> list[Measure]:
        nothing_done = _left_out({"nothing_completed": self.orders - self.closed})
        return [
            Measure(
                "hours_per_order", self.sold_ms, "milliseconds", self.closed, "orders", "hours", nothing_done,
                "flat-rate hours of the completed jobs of delivered orders / delivered orders with a completed job",
            ),
            _of_orders(
                "on_time", self.on_time, self.promised, _left_out({"first_promise_unknown": self.orders - self.promised}),
                "orders delivered by their first promise / delivered orders whose first promise is known",
            ),
            _of_orders(
                "same_day", self.same_day, self.opened, _left_out({"check_in_unknown": self.orders - self.opened}),
                "orders delivered on the day of their check-in / delivered orders whose day of check-in is known",
            ),
            _of_orders(
                "reworked", self.reworked, self.closed, nothing_done,
                "delivered orders of which a job ever failed its quality check, or came back / delivered orders with a"
                " completed job",
            ),
            _of_orders(
                "fixed_first_visit", self.closed - self.came_back, self.closed, nothing_done,
                "delivered orders of which no job came back / delivered orders with a completed job",
            ),
        ]  # fmt: skip


@dataclass(slots=True)
class Stood:
    """How often something stood still for one reason, how long, and how often it does so still."""

    times: int = 0
    stood_ms: int = 0
    still_open: int = 0

    def over(self, times: int, stood_ms: int) -> None:
        """So much more is over."""
        self.times += times
        self.stood_ms += stood_ms

    def measure(self, name: str, times_of: Part, formula: str) -> Measure:
        left_out = _left_out({"still_open": self.still_open})
        return Measure(name, self.stood_ms, "milliseconds", self.times, times_of, "hours", left_out, formula)


@dataclass(slots=True)
class Group:
    """All figures of one day, technician, trade or store."""

    clocked: Clocked = field(default_factory=Clocked)
    done: Done = field(default_factory=Done)
    delivered: Delivered | None = None
    """None: orders cannot be told by this."""
    held: defaultdict[str, Stood] = field(default_factory=lambda: defaultdict(Stood))
    paused: defaultdict[str, Stood] = field(default_factory=lambda: defaultdict(Stood))

    def measures(self) -> list[Measure]:
        held = [
            stood.measure(
                f"held:{reason}", "holds",
                f"time that jobs, or whole cars, waited for {reason} / times that they did, counted when the wait was over",
            )
            for reason, stood in sorted(self.held.items())
        ]  # fmt: skip
        paused = [
            stood.measure(
                f"paused:{reason}", "pauses",
                f"time that begun jobs stood still for {reason} / times that they did, counted when they went on",
            )
            for reason, stood in sorted(self.paused.items())
        ]  # fmt: skip
        orders = self.delivered.measures() if self.delivered else []
        return self.clocked.measures() + self.done.measures() + orders + held + paused


def on_time_rounds(kind: str, on_time: int, due: int, not_due_yet: int) -> Measure:
    """How many of a kind's rounds were made by the time at which they were due."""
    return Measure(
        f"rounds_on_time:{kind}", on_time, "rounds", due, "rounds", "share", _left_out({"not_due_yet": not_due_yet}),
        f"rounds of the kind {kind} that were completed by the time at which they were due / rounds that were due",
    )  # fmt: skip


def _of_times(name: str, above: int, below: int, left_out: dict[str, int], formula: str) -> Measure:
    return Measure(name, above, "milliseconds", below, "milliseconds", "share", _left_out(left_out), formula)


def _of_orders(name: str, above: int, below: int, left_out: list[Exclusion], formula: str) -> Measure:
    return Measure(name, above, "orders", below, "orders", "share", left_out, formula)


def _left_out(counts: dict[str, int]) -> list[Exclusion]:
    return [Exclusion(reason, count) for reason, count in counts.items() if count]
