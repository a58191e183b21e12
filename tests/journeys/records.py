"""The databases of the whole group, looked at by their owners, who see the rows of all stores."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.settings import SERVICES, Settings

Connection = Any
"""asyncpg's, whose type is generic in the stubs only."""


@asynccontextmanager
async def opened_by(role: str, service: str, conf: Settings, **session: str) -> AsyncIterator[Connection]:
    """A connection to the service's database as this role, with these session settings."""
    connection = await asyncpg.connect(conf.postgres_url(role, conf.database(service)), timeout=30, server_settings=session)
    try:
        yield connection
    finally:
        await connection.close()


async def tables(owner: Connection) -> list[str]:
    """Every table of a database but partitions, which are seen through their parents."""
    rows = await owner.fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition ORDER BY relname"
    )
    return [row["relname"] for row in rows]


async def contents(conf: Settings) -> dict[str, tuple[int, str]]:
    """Every table of every service: its number of rows and a digest of them."""
    found = {}
    for service in SERVICES:
        async with opened_by(f"{service}_owner", service, conf) as owner:
            for table in await tables(owner):
                digest = "SELECT count(*), coalesce(sum(hashtextextended(row::text, 0)), 0)::text"
                found[f"{service}.{table}"] = tuple(await owner.fetchrow(f"{digest} FROM {table} AS row"))
    return found
