"""Migrated databases for the tests: each service once per session, opened as its service role."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from shared.database import Database
from shared.migrations import migrate
from tests.stack import Stack

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
