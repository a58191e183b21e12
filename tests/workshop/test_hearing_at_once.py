"""Several hearers of one workshop at once come to the same jobs as one of them alone."""

import asyncio
import random

from sqlalchemy import select

from services.workshop.domain import Job
from services.workshop.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from shared.inbox import apply
from tests.facts import heard
from tests.workshop.words import a_labour_line, a_part_line, authorised_work, backordered, reserved

ORDERS = 12
HEARERS = 3


async def test_hearers_at_once_miss_no_part_of_any_job(database: Database) -> None:
    """W1.  Each hearer gets every fact, in an order of its own; the last part of a job makes it ready whoever hears it."""
    facts: list[Event] = []
    labours = [a_labour_line() for _ in range(ORDERS)]
    for labour in labours:
        ro, (filter_, seal) = new_id(), (a_part_line(labour.ro_line_id), a_part_line(labour.ro_line_id))
        facts += [
            authorised_work(labour, filter_, seal, ro_id=ro),
            reserved(filter_, ro),
            backordered(seal, ro),
            reserved(seal, ro, version=2),
        ]
    luck = random.Random(7)

    async def hear(order: list[Event]) -> None:
        for fact in order:
            await apply("workshop", HEARS, database, [heard(fact)])

    await asyncio.gather(*(hear(luck.sample(facts, len(facts))) for _ in range(HEARERS)))
    async with database.hearing() as session:
        states = await session.scalars(select(Job.state).where(Job.id.in_([labour.ro_line_id for labour in labours])))
        assert list(states) == ["ready"] * ORDERS
