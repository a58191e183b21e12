"""The second line behind the doors: the database itself shows and takes no row of a store that was not asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest

from deploy.demo import Outcome
from shared.settings import SERVICES, Settings
from tests.databases import Connection, as_role
from tests.stack import Stack

OURS, THEIRS = "sh02", "sh01"
SECURED = (
    "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND NOT relispartition"
    " ORDER BY relname"
)


@asynccontextmanager
async def serving(service: str, conf: Settings, stores: str | None) -> AsyncIterator[Connection]:
    """The service's own role, for these stores (None = they are not set)."""
    session = {} if stores is None else {"app.stores": stores}
    async with as_role(service, service, conf, **session) as connection:
        yield connection


async def rows_of(table: str, connection: Connection) -> set[str]:
    """The stores of the rows that are seen."""
    return {row["store_id"] for row in await connection.fetch(f"SELECT DISTINCT store_id FROM {table}")}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_store_sees_its_own_rows_only(service: str, outcome: Outcome, stack: Stack) -> None:
    """All stores see all, one sees its own, an unset or empty list none: in every table that is secured by rows."""
    assert outcome.good, outcome.failures
    conf = stack.settings
    async with (
        as_role(f"{service}_owner", service, conf) as owner,
        serving(service, conf, "*") as everybody,
        serving(service, conf, OURS) as ours,
        serving(service, conf, "") as nobody,
        serving(service, conf, None) as unset,
    ):
        tables = [row["relname"] for row in await owner.fetch(SECURED)]
        filled = 0
        for table in tables:
            there = await rows_of(table, owner)
            filled += {OURS, THEIRS} <= there
            assert await rows_of(table, everybody) == there, table
            group = there & {"all"} if table in ("policies", "packages", "checklists") else set()
            assert await rows_of(table, ours) == there & {OURS} | group, table
            assert await rows_of(table, nobody) == await rows_of(table, unset) == set(), table
    assert filled >= len(tables) / 2, "there was something to hide"


@pytest.mark.parametrize("service", SERVICES)
async def test_no_row_is_written_into_a_store_that_was_not_asked_for(service: str, outcome: Outcome, stack: Stack) -> None:
    """Neither a new row nor an own one that is moved."""
    assert outcome.good, outcome.failures
    conf = stack.settings
    tried = 0
    async with as_role(f"{service}_owner", service, conf) as owner, serving(service, conf, OURS) as ours:
        for table in [row["relname"] for row in await owner.fetch(SECURED)]:
            row = await owner.fetchval(f"SELECT to_jsonb(t)::text FROM {table} AS t WHERE store_id = $1 LIMIT 1", THEIRS)
            if row is None:
                continue
            await refused(ours, f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, $1::jsonb)", row)
            if OURS in await rows_of(table, ours):
                await refused(ours, f"UPDATE {table} SET store_id = $1", THEIRS)
            tried += 1
    assert tried


@pytest.mark.parametrize("service", SERVICES)
async def test_row_security_cannot_be_put_aside(service: str, outcome: Outcome, stack: Stack) -> None:
    """Who asks for all rows without it is told that this is not possible, instead of getting them."""
    assert outcome.good, outcome.failures
    async with serving(service, stack.settings, OURS) as ours:
        await ours.execute("SET row_security = off")
        await refused(ours, "SELECT * FROM state_history" if service != "console" else "SELECT * FROM cars")


async def refused(connection: Connection, statement: str, *values: Any) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute(statement, *values)
