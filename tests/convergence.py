"""The promise that a hearer reaches the same state from any order and any repetition of the facts it hears."""

import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import MetaData, select
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import Database
from shared.events import Event
from shared.inbox import Hears
from shared.inbox.applying import apply_within
from tests.facts import heard

ALL_UP_TO = 5
SAMPLES = 200
REPEATED = 0.3

Given = Callable[[AsyncSession], Awaitable[None]]
State = dict[str, list[dict[str, Any]]]


async def nothing(session: AsyncSession) -> None:
    """No rows are needed beforehand."""


async def every_order_leads_to_one_state(
    facts: Sequence[Event],
    *,
    service: str,
    hears: Mapping[type[Event], Hears],
    database: Database,
    metadata: MetaData,
    given: Given = nothing,
    ignoring: Collection[str] = (),
    seed: int = 4,
) -> State:
    """Apply the facts in all orders (up to 5; 200 random ones above) with 30 % repeated, one by one or in random batches, each
    order rolled back, and assert that all leave the same rows.  Returns these.

    `ignoring`: columns that may differ, as 'column', 'table.column' or 'table.*'; `cause_id` always may.  Stop the clock
    around it.
    """
    luck = random.Random(seed)
    expected: State | None = None
    for order in _orders(facts, luck):
        state = await _state_after(order, luck, service, hears, database, metadata, given, {"cause_id", *ignoring})
        expected = expected or state
        told = [f"{fact.type} {fact.about.subject} {fact.about.version}" for fact in order]
        assert state == expected, f"another state after {told}"
    assert expected is not None
    return expected


def _orders(facts: Sequence[Event], luck: random.Random) -> Iterator[list[Event]]:
    if len(facts) <= ALL_UP_TO:
        orders: Iterator[Sequence[Event]] = permutations(facts)
    else:
        orders = (luck.sample(facts, len(facts)) for _ in range(SAMPLES))
    for order in orders:
        repeated = list(order)
        for fact in order:
            if luck.random() < REPEATED:
                repeated.insert(luck.randint(0, len(repeated)), fact)
        yield repeated


async def _state_after(
    order: Sequence[Event],
    luck: random.Random,
    service: str,
    hears: Mapping[type[Event], Hears],
    database: Database,
    metadata: MetaData,
    given: Given,
    ignoring: Collection[str],
) -> State:
    async with database.hearing() as session:
        await given(session)
        rest = list(order)
        while rest:
            size = luck.choice([1, 1, 2, len(rest)])
            await apply_within(session, service, hears, [heard(fact) for fact in rest[:size]])
            await session.flush()
            session.expunge_all()  # every batch of a running service begins with an empty session
            rest = rest[size:]
        tables = [table for table in metadata.sorted_tables if f"{table.name}.*" not in ignoring]
        state = {table.name: await _rows(session, table, ignoring) for table in tables}
        await session.rollback()
        return state


async def _rows(session: AsyncSession, table: Any, ignoring: Collection[str]) -> list[dict[str, Any]]:
    compared = [column for column in table.columns if not {column.name, f"{table.name}.{column.name}"} & set(ignoring)]
    rows = await session.execute(select(*compared))
    return sorted((dict(row) for row in rows.mappings()), key=lambda row: [str(value) for value in row.values()])
