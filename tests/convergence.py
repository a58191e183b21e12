"""The promise that a hearer reaches the same state from any order and any repetition of the facts it hears."""

import random
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from itertools import permutations
from typing import Any

from sqlalchemy import ColumnElement, MetaData, Table, literal_column, select
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
Row = dict[str, Any]
State = dict[str, list[Row]]
Keyed = dict[tuple[Any, ...], Row]
"""Rows of a table by primary key."""


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
    order rolled back, and assert that all leave the same rows.  Returns these, with the rows that were there before.

    `ignoring`: columns that may differ, as 'column', 'table.column' or 'table.*'; `cause_id` always may.  Stop the clock
    around it.
    """
    luck = random.Random(seed)
    ignored = {"cause_id", *ignoring}
    tables = [table for table in metadata.sorted_tables if f"{table.name}.*" not in ignored]
    async with database.hearing() as session:
        before = {table: await _rows(session, table) for table in tables}
    expected: State | None = None
    for order in _orders(facts, luck):
        left = await _left_by(order, luck, service, hears, database, before, given)
        state = {table.name: _compared(table, rows, ignored) for table, rows in left.items()}
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


async def _left_by(
    order: Sequence[Event],
    luck: random.Random,
    service: str,
    hears: Mapping[type[Event], Hears],
    database: Database,
    before: Mapping[Table, Keyed],
    given: Given,
) -> dict[Table, Keyed]:
    async with database.hearing() as session:
        await given(session)
        rest = list(order)
        while rest:
            size = luck.choice([1, 1, 2, len(rest)])
            await apply_within(session, service, hears, [heard(fact) for fact in rest[:size]])
            await session.flush()
            session.expunge_all()  # every batch of a running service begins with an empty session
            rest = rest[size:]
        left = {table: await _rows(session, table, known) for table, known in before.items()}
        await session.rollback()
        return left


async def _rows(session: AsyncSession, table: Table, before: Keyed | None = None) -> Keyed:
    """All rows; with `before` its own transaction's rows and, of the rest, those of before.  What others, such as the due work
    of a started service, make of theirs meanwhile depends on no order."""
    written_here: ColumnElement[bool] = literal_column(f"{table.name}.xmin = pg_current_xact_id()::xid")
    found: Keyed = {}
    for is_own, *values in await session.execute(select(written_here, *table.columns)):
        row = dict(zip(table.columns.keys(), values, strict=True))
        key = tuple(row[column.key] for column in table.primary_key)
        if is_own or before is None:
            found[key] = row
        elif key in before:
            found[key] = before[key]
    return found


def _compared(table: Table, rows: Keyed, ignored: Collection[str]) -> list[Row]:
    columns = [column.name for column in table.columns if not {column.name, f"{table.name}.{column.name}"} & set(ignored)]
    compared = ({name: row[name] for name in columns} for row in rows.values())
    return sorted(compared, key=lambda row: [str(value) for value in row.values()])
