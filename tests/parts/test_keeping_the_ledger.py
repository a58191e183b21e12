"""Whatever happens to a shelf, its level is the sum of its movements and nothing is promised twice."""

from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from services.parts.domain import PartLine, StockLevel, StockMovement
from shared.cause import Cause, bound
from shared.database import Database, new_id
from shared.refusal import Refused
from tests.parts.words import NOON, STORE, a_delivery, a_part, a_shelf, a_wanted_line

QUANTITIES = st.integers(min_value=1, max_value=12_000)


class Shelf(RuleBasedStateMachine):
    """M2 (thin): one shelf, any sequence of deliveries, demands, deliveries to the queue and issues."""

    def __init__(self) -> None:
        super().__init__()
        with acting():
            self.shelf, self.part = a_shelf(), a_part()
        self.lines: list[PartLine] = []

    def having(self, state: str) -> list[PartLine]:
        return [line for line in self.lines if line.state == state]

    @rule(quantity=QUANTITIES)
    def goods_come(self, quantity: int) -> None:
        with acting():
            self.shelf.receive(a_delivery(quantity))

    @rule(quantity=QUANTITIES, hours=st.integers(0, 48))
    def somebody_wants(self, quantity: int, hours: int) -> None:
        with acting():
            line = a_wanted_line(quantity, promised_at=NOON + timedelta(hours=hours))
            self.lines.append(line)
            if line.fits(self.shelf):
                line.reserve(self.shelf)
            else:
                line.backorder(self.shelf, None)

    @precondition(lambda self: self.having("backordered"))
    @rule(data=st.data())
    def the_queue_is_served(self, data: st.DataObject) -> None:
        with acting():
            line = data.draw(st.sampled_from(self.having("backordered")))
            before = (self.shelf.on_hand_milli, self.shelf.reserved_milli, self.shelf.seq)
            if line.quantity_milli <= self.shelf.available_milli:
                line.reserve(self.shelf)
            else:
                with pytest.raises(Refused, match="stock_short"):
                    line.reserve(self.shelf)
                assert (self.shelf.on_hand_milli, self.shelf.reserved_milli, self.shelf.seq) == before
                self.lines.remove(line)  # its transaction would be rolled back
                self.shelf.waiting_milli -= line.quantity_milli

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def somebody_collects(self, data: st.DataObject) -> None:
        with acting():
            line = data.draw(st.sampled_from(self.lines))
            if line.state == "reserved":
                line.issue(self.shelf, self.part)
            else:
                with pytest.raises(Refused, match="illegal_transition"):
                    line.issue(self.shelf, self.part)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def somebody_changes_their_mind(self, data: st.DataObject) -> None:
        with acting():
            line = data.draw(st.sampled_from(self.lines))
            was_issued = line.state == "issued"
            line.withdraw(self.shelf)
            assert (line.state == "issued") == was_issued

    @invariant()
    def the_ledger_balances(self) -> None:
        shelf, moved = self.shelf, sorted(self.movements(), key=lambda movement: movement.seq)
        assert 0 <= shelf.reserved_milli <= shelf.on_hand_milli
        assert shelf.on_hand_milli == sum(movement.on_hand_delta_milli for movement in moved)
        assert shelf.reserved_milli == sum(movement.reserved_delta_milli for movement in moved)
        assert shelf.reserved_milli == sum(line.quantity_milli for line in self.having("reserved"))
        assert shelf.waiting_milli == sum(line.quantity_milli for line in self.having("backordered"))
        assert [movement.seq for movement in moved] == list(range(1, shelf.seq + 1))

    def movements(self) -> list[StockMovement]:
        return list(inspect(self.shelf).attrs.movements.history.added)


def acting() -> AbstractContextManager[Cause]:
    return bound(Cause(new_id(), "user:test", (STORE,)))


async def test_a_level_that_changes_without_a_movement_is_refused_by_the_database(database: Database) -> None:
    """M2: not even a careless statement of the service itself can make goods out of nothing."""
    part_no = await a_shelf_in_the_store(database)
    with pytest.raises(DBAPIError, match="stock level changed without its movements"):
        async with database.transaction([STORE]) as session:
            await session.execute(text("UPDATE stock_levels SET on_hand_milli = 9000 WHERE part_no = :no"), {"no": part_no})


@pytest.mark.parametrize("statement", ["UPDATE stock_movements SET cost_fen = 0", "DELETE FROM stock_movements"])
async def test_the_ledger_can_only_be_added_to(database: Database, statement: str) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.transaction([STORE]) as session:
            await session.execute(text(statement))


async def test_a_store_sees_its_own_shelves_only(database: Database) -> None:
    part_no = await a_shelf_in_the_store(database)
    counted = text("SELECT count(*) FROM stock_levels WHERE part_no = :no")
    for store, seen in ((STORE, 1), ("sh02", 0)):
        async with database.transaction([store]) as session:
            assert await session.scalar(counted, {"no": part_no}) == seen


async def a_shelf_in_the_store(database: Database) -> str:
    """A committed shelf with two pieces of a part of its own; the part number."""
    part_no = f"P-{new_id().hex[-12:]}"
    with acting():
        async with database.transaction([STORE]) as session:
            shelf, delivery = StockLevel.stub((STORE, part_no), STORE), a_delivery(2_000, part_no=part_no)
            session.add_all([a_part(part_no), shelf])
            await session.flush()
            session.add(delivery)
            shelf.receive(delivery)
    return part_no


TestTheLedgerOfAShelf = Shelf.TestCase
TestTheLedgerOfAShelf.settings = settings(max_examples=100, stateful_step_count=30, deadline=None, derandomize=True)
