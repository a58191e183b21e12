"""Several hearers of one reception at once come to the same orders as one of them alone."""

import asyncio
import random
from uuid import UUID

from sqlalchemy import select

from services.reception.domain import CustomerComplaint, LineProgress, RepairOrder
from services.reception.inbox import HEARS
from shared.events import Event
from shared.inbox import apply
from tests.facts import heard
from tests.reception.counter import Counter
from tests.reception.words import (
    a_complaint,
    backordered,
    completed,
    dispatched,
    issued,
    labour,
    part,
    quality_failed,
    reserved,
)

ORDERS = 8
HEARERS = 3


async def test_hearers_at_once_see_the_last_line_of_every_order(counter: Counter) -> None:
    """R8.  Each hearer gets every fact, in batches of an order of its own; whoever hears the last one completes the work."""
    orders = [await counter.an_authorised_order(labour("brakes"), part("brakes"), labour("wash")) for _ in range(ORDERS)]
    facts: list[Event] = []
    complaints: list[UUID] = []
    for order in orders:
        ro, (brakes, pads, wash) = UUID(order["id"]), (UUID(line["id"]) for line in order["lines"])
        complaint = a_complaint(UUID(order["customer_id"]))
        complaints.append(complaint.about.subject)
        facts += [
            backordered(pads, ro, 1), reserved(pads, ro, 2), issued(pads, ro, 3),
            dispatched(brakes, ro, 2), quality_failed(brakes, ro, 4), completed(brakes, ro, 8, reworks=1),
            completed(wash, ro), complaint,
        ]  # fmt: skip
    luck = random.Random(7)

    async def hear(rest: list[Event]) -> None:
        while rest:
            size = luck.randint(1, 3)
            await apply("reception", HEARS, counter.database, [heard(fact) for fact in rest[:size]])
            rest = rest[size:]

    await asyncio.gather(*(hear(luck.sample(facts, len(facts))) for _ in range(HEARERS)))
    lines = [UUID(line["id"]) for order in orders for line in order["lines"]]
    async with counter.database.hearing() as session:
        states = await session.scalars(select(RepairOrder.state).where(RepairOrder.id.in_([UUID(o["id"]) for o in orders])))
        assert list(states) == ["work_complete"] * ORDERS
        heard_of = (await session.scalars(select(LineProgress).where(LineProgress.id.in_(lines)))).all()
        assert {(line.finished, line.eta_at) for line in heard_of} == {(True, None)}
        assert sorted(line.reworks for line in heard_of) == [0] * 2 * ORDERS + [1] * ORDERS
        told = await session.scalars(select(CustomerComplaint.customer_id).where(CustomerComplaint.id.in_(complaints)))
        assert {str(customer) for customer in told} == {order["customer_id"] for order in orders}


async def test_the_last_two_lines_heard_at_the_same_moment_complete_the_work(counter: Counter) -> None:
    """R8: neither hearer may miss what the other is just hearing."""
    orders = [await counter.an_authorised_order(labour("brakes"), labour("wash")) for _ in range(ORDERS)]
    for order in orders:
        await asyncio.gather(*(counter.hear(completed(UUID(line["id"]), UUID(order["id"]))) for line in order["lines"]))
    read = [(await counter.get(f"/repair-orders/{order['id']}")).json() for order in orders]
    assert [order["state"] for order in read] == ["work_complete"] * ORDERS
