"""The repair order's states: whatever is tried in whatever order, no state is skipped and a refusal changes nothing."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reception.domain import Invoice, RepairOrder, RepairOrderLine
from shared.refusal import Refused
from tests.reception.words import A_HANDOVER, a_draft, a_labour_line, all_done

pytestmark = pytest.mark.usefixtures("at_noon")
WAY = ["draft", "estimated", "authorised", "work_complete", "settled", "delivered"]


class Visit:
    """An order and what a counter would load beside it."""

    def __init__(self) -> None:
        self.order: RepairOrder = a_draft()
        self.lines: list[RepairOrderLine] = []
        self.invoices: list[Invoice] = []

    def estimate(self) -> None:
        proposed = self.order.propose([a_labour_line(payers={"internal": 10_000})])
        self.lines = [RepairOrderLine.agreed(line) for line in proposed.lines]

    def authorise(self) -> None:
        self.order.authorise(self.lines, "SH01-20261121-0007", None)

    def finish(self) -> None:
        before = self.order.state
        self.order.follow(self.lines, all_done(self.lines))
        if self.order.state == before:
            raise Refused("nothing_to_finish", "Nothing is being worked on.")

    def settle_too_early(self) -> None:
        self.order.settle(self.lines, {})

    def settle(self) -> None:
        self.invoices = self.order.settle(self.lines, all_done(self.lines))

    def deliver(self) -> None:
        self.order.deliver(self.lines, self.invoices, 42_010, A_HANDOVER)


Attempt = Callable[[Visit], None]
ALLOWED: dict[tuple[str, Attempt], str] = {
    ("draft", Visit.estimate): "estimated",
    ("estimated", Visit.estimate): "estimated",
    ("estimated", Visit.authorise): "authorised",
    ("authorised", Visit.finish): "work_complete",
    ("work_complete", Visit.settle): "settled",
    ("settled", Visit.deliver): "delivered",
}
ATTEMPTS: list[Attempt] = [
    Visit.estimate, Visit.authorise, Visit.finish, Visit.settle_too_early, Visit.settle, Visit.deliver,
]  # fmt: skip


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(ATTEMPTS), max_size=15))
def test_only_the_next_step_of_the_way_is_possible(attempts: list[Attempt]) -> None:
    """Reliability promise 6."""
    visit = Visit()
    for attempt in attempts:
        before, version = visit.order.state, visit.order.version
        expected = ALLOWED.get((before, attempt))
        if expected is None:
            with pytest.raises(Refused):
                attempt(visit)
            assert (visit.order.state, visit.order.version) == (before, version)
        else:
            attempt(visit)
            assert (visit.order.state, visit.order.version) == (expected, version + 1)
    steps = visit.order.__dict__["_steps"]
    assert [step["seq"] for step in steps] == list(range(1, len(steps) + 1))
    assert all(step["from_state"] == before["to_state"] for before, step in pairwise(steps))
    reached = [step["to_state"] for step in steps if step["from_state"] != step["to_state"]]
    assert reached == WAY[: len(reached)]
