"""Many repair orders want the last pieces at the same moment, on real PostgreSQL."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from services.parts import handlers
from services.parts.commands import ReceivedLine, ReceiveGoods
from services.parts.domain import PartLine, StockLevel, StockMovement
from services.parts.inbox import HEARS
from shared.cause import Cause, bound
from shared.database import Database, new_id, transient
from shared.inbox import Heard, apply
from tests.facts import heard
from tests.parts.words import STORE, a_line_for, a_part, authorised_work


async def test_sixty_parallel_reservations_for_ten_pieces_leave_ten_reserved_and_fifty_backordered(database: Database) -> None:
    """P2; reliability promises 3 and 4: no part is reserved twice, the ledger sums to the level."""
    part_no = await a_part_on_the_shelf(database, pieces=10)
    facts = [heard(authorised_work(a_line_for(new_id(), part_no=part_no))) for _ in range(60)]
    at_once = asyncio.Semaphore(4)

    async def hear(*batch: int) -> None:
        async with at_once:
            await apply("parts", HEARS, database, [facts[n] for n in batch])

    await asyncio.gather(*(hear(n, 59 - n) for n in range(30)), *(hear(n) for n in range(0, 60, 3)))

    async with database.transaction([STORE]) as session:
        states = await session.execute(
            select(PartLine.state, func.count()).where(PartLine.part_no == part_no).group_by(PartLine.state)
        )
        assert dict(states.all()) == {"reserved": 10, "backordered": 50}
        level = await session.get_one(StockLevel, (STORE, part_no))
        assert (level.on_hand_milli, level.reserved_milli, level.waiting_milli) == (10_000, 10_000, 50_000)
        ledger = await session.execute(
            select(
                func.count(), func.sum(StockMovement.on_hand_delta_milli), func.sum(StockMovement.reserved_delta_milli)
            ).where(StockMovement.part_no == part_no)
        )
        assert tuple(ledger.one()) == (11, 10_000, 10_000)
        said = await session.execute(
            text("SELECT type, count(*) FROM outbox WHERE body::jsonb ->> 'part_no' = :part_no GROUP BY type"),
            {"part_no": part_no},
        )
        assert dict(said.all()) == {"parts.parts_reserved.v1": 10, "parts.parts_backordered.v1": 50}


async def test_goods_that_arrive_while_orders_are_authorised_leave_nobody_waiting_for_nothing(database: Database) -> None:
    """P3: six deliveries of two pieces against twelve orders of one piece, all at once; in the end everybody is served."""
    part_no = await a_part_on_the_shelf(database, pieces=0)
    facts = [heard(authorised_work(a_line_for(new_id(), part_no=part_no))) for _ in range(12)]
    line = ReceivedLine(part_no=part_no, quantity_milli=2_000, unit_cost_fen=100, supplier="Depot", delivery_note="1")
    at_once, counter = asyncio.Semaphore(3), asyncio.Semaphore(2)

    async def hear(n: int) -> None:
        async with at_once:
            await apply("parts", HEARS, database, [facts[n]])

    async def receive() -> None:
        with bound(Cause(new_id(), "user:test", (STORE,))):
            async with counter, database.transaction([STORE]) as session:
                await handlers.receive_goods(STORE, ReceiveGoods(lines=[line]), session)

    await asyncio.gather(*(hear(n) for n in range(12)), *(receive() for _ in range(6)))
    async with database.transaction([STORE]) as session:
        level = await session.get_one(StockLevel, (STORE, part_no))
        assert (level.on_hand_milli, level.reserved_milli, level.waiting_milli) == (12_000, 12_000, 0)


async def test_withdrawals_among_deliveries_and_new_orders_leave_the_shelf_exact(database: Database) -> None:
    """P2, P3: whoever crosses whom, nothing stays reserved for withdrawn lines and the first in the queue waits for goods."""
    part_no = await a_part_on_the_shelf(database, pieces=4)
    orders = [(new_id(), a_line_for(new_id(), part_no=part_no)) for _ in range(12)]
    agreed = [heard(authorised_work(line, ro_id=ro, version=2)) for ro, line in orders]
    withdrawn = [heard(authorised_work(ro_id=ro, version=3)) for ro, _ in orders[:8]]
    line = ReceivedLine(part_no=part_no, quantity_milli=1_000, unit_cost_fen=100, supplier="Depot", delivery_note="1")
    at_once = asyncio.Semaphore(4)

    async def again(work: Callable[[], Awaitable[object]]) -> None:
        """As the inbox and a caller who is told to come again do: where locks cross, the same work once more."""
        async with at_once:
            for _ in range(20):
                try:
                    await work()
                except DBAPIError as crossed:
                    if not transient(crossed):
                        raise
                else:
                    return
        raise AssertionError("locks crossed twenty times")

    async def receive() -> None:
        with bound(Cause(new_id(), "user:test", (STORE,))):
            async with database.transaction([STORE]) as session:
                await handlers.receive_goods(STORE, ReceiveGoods(lines=[line]), session)

    async def hear(facts: list[Heard]) -> None:
        await apply("parts", HEARS, database, facts)

    mixed = random.Random(3).sample(agreed + withdrawn, 20)
    batches = [mixed[n : n + 3] for n in range(0, 20, 3)]
    await asyncio.gather(*(again(partial(hear, batch)) for batch in batches), *(again(receive) for _ in range(3)))

    async with database.transaction([STORE]) as session:
        states = [(await session.get_one(PartLine, line.ro_line_id)).state for _, line in orders]
        assert states[:8] == ["withdrawn"] * 8
        assert states[8:] == ["reserved"] * 4, "seven pieces came for four lines"
        level = await session.get_one(StockLevel, (STORE, part_no))
        assert (level.on_hand_milli, level.reserved_milli, level.waiting_milli) == (7_000, 4_000, 0)


async def a_part_on_the_shelf(database: Database, *, pieces: int) -> str:
    """A part of its own with some pieces in the store, committed; the part number."""
    part_no = f"P-{new_id().hex[-12:]}"
    with bound(Cause(new_id(), "user:test", (STORE,))):
        async with database.transaction([STORE]) as session:
            session.add(a_part(part_no))
            if pieces:
                line = ReceivedLine(
                    part_no=part_no, quantity_milli=pieces * 1_000, unit_cost_fen=100, supplier="Depot", delivery_note="1"
                )
                await handlers.receive_goods(STORE, ReceiveGoods(lines=[line]), session)
    return part_no
