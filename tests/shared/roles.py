"""What a database role is tried at, for the tests of what it may and may not do."""

from typing import Any

import asyncpg

from tests.databases import Connection

WHOLE = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
"""Every table and every partition."""
TABLES = f"{WHOLE} AND NOT relispartition ORDER BY relname"


async def refused(connection: Connection, statement: str, *values: Any) -> bool:
    """Whether the role has no right to do this; what it may do is undone."""
    undone = connection.transaction()
    await undone.start()
    try:
        await connection.execute(statement, *values)
    except asyncpg.InsufficientPrivilegeError:
        return True
    finally:
        await undone.rollback()
    return False


async def names(connection: Connection, query: str, *values: Any) -> set[str]:
    """The first column of what is found."""
    return {row[0] for row in await connection.fetch(query, *values)}
