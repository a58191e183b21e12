"""Whatever order and repetition the facts of a repair order come in, reception ends in the same state."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.reception.domain import Base
from services.reception.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from tests.convergence import State, every_order_leads_to_one_state
from tests.reception.counter import Counter
from tests.reception.words import (
    NOON,
    a_complaint,
    backordered,
    completed,
    dispatched,
    issued,
    labour,
    part,
    quality_failed,
    reserved,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("at_noon")


def of_lines(state: State, *lines: UUID) -> list[dict[str, Any]]:
    """What is known of these lines; other tests' lines stand in the same database."""
    return [row for row in state["line_progress"] if row["id"] in lines]


def stages(state: State, *lines: UUID) -> dict[object, tuple[object, object]]:
    return {row["id"]: (row["stage"], row["reworks"]) for row in of_lines(state, *lines)}


async def test_the_facts_of_one_order_in_any_order_end_in_one_state(database: Database) -> None:
    """R8: nothing waits for anything; lines that are not known here yet are kept as heard."""
    ro, customer = new_id(), new_id()
    brakes, pads, filter_ = new_id(), new_id(), new_id()
    facts = [
        backordered(pads, ro, 1), reserved(pads, ro, 2), issued(pads, ro, 3),
        reserved(filter_, ro, 1), backordered(filter_, ro, 2),
        dispatched(brakes, ro, 2), quality_failed(brakes, ro, 4),
        completed(brakes, ro, 8, reworks=1),
        a_complaint(customer),
    ]  # fmt: skip
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=database, metadata=Base.metadata
    )
    known = (pads, filter_, brakes)
    assert stages(state, *known) == {pads: ("issued", 0), filter_: ("backordered", 0), brakes: ("completed", 1)}
    assert {row["eta_at"] for row in of_lines(state, *known)} == {None, NOON + timedelta(days=3)}
    told = [row["flagged_ro_id"] for row in state["customer_complaints"] if row["customer_id"] == customer]
    assert told == [None]


async def test_every_order_of_the_facts_of_one_part_ends_with_the_newest(database: Database) -> None:
    """A speaker that was restored begins a new epoch, which is newer than any version of the one before."""
    ro, pads = new_id(), new_id()
    facts = [backordered(pads, ro, 1), reserved(pads, ro, 2), issued(pads, ro, 3), reserved(pads, ro, 1, epoch=2)]
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=database, metadata=Base.metadata
    )
    assert stages(state, pads) == {pads: ("reserved", 0)}


@pytest.mark.parametrize("come_back", [True, False])
async def test_the_work_is_complete_whichever_line_is_finished_last(counter: Counter, come_back: bool) -> None:
    """R8.  A line that came back (its speaker was restored) makes the work incomplete again, whenever that is heard."""
    order = await counter.an_authorised_order(labour("brakes"), part("brakes"), labour("wash"))
    ro = UUID(order["id"])
    brakes, pads, wash = (UUID(line["id"]) for line in order["lines"])
    facts: list[Event] = [completed(brakes, ro), reserved(pads, ro, 1), issued(pads, ro, 2), completed(wash, ro)]
    facts += [quality_failed(wash, ro, 4)] if not come_back else [reserved(pads, ro, 1, epoch=2)]
    state = await every_order_leads_to_one_state(
        facts,
        service="reception",
        hears=HEARS,
        database=counter.database,
        metadata=Base.metadata,
        ignoring=["repair_orders.version", "repair_orders.state_seq"],
    )
    [found] = [row["state"] for row in state["repair_orders"] if row["id"] == ro]
    assert found == ("authorised" if come_back else "work_complete")
