"""Migrated databases for the tests: each service once per session, opened as its service role."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from shared.database import Database
from shared.migrations import migrate
from shared.settings import Settings
from tests.stack import Stack

Connection = Any
"""asyncpg's, whose type is generic in the stubs only."""

_migrated: set[tuple[str, str]] = set()


@asynccontextmanager
async def migrated_database(
    service: str, stack: Stack, outlet: Callable[[list[Any]], None] | None = None
) -> AsyncIterator[Database]:
    """The service's own database on the session's servers, with this release's schema."""
    once = (stack.settings.database_prefix, service)
    if once not in _migrated:
        await migrate(service, stack.settings)
        _migrated.add(once)
    database = Database.connect(service, stack.settings, outlet=outlet)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def as_role(role: str, service: str, conf: Settings, **session: str) -> AsyncIterator[Connection]:
    """A plain connection to the service's database as this role, with these session settings; the owner sees all stores."""
    connection = await asyncpg.connect(conf.postgres_url(role, conf.database(service)), timeout=30, server_settings=session)
    try:
        yield connection
    finally:
        await connection.close()
