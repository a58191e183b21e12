"""What the tests of the console may ask for."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from sqlalchemy import text

from services.console.app import app
from services.console.handlers.users import make_users
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.callers import calling
from tests.console.words import ADVISOR, MANAGER, NOON, OPERATOR
from tests.databases import migrated_database
from tests.stack import Stack


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands, and somebody is acting."""
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", ("*",))):
        yield


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The migrated database of the console, as its service role."""
    async with migrated_database("console", stack) as opened:
        yield opened


@pytest.fixture(scope="module")
async def console(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running console, with three users."""
    async with calling(app) as client:
        await make_users(database, [MANAGER, ADVISOR, OPERATOR])
        yield client


@pytest.fixture
async def nothing_happened_yet(database: Database) -> None:
    """No cars and no failed logins."""
    async with database.hearing.begin() as session:
        for table in ("cars", "vehicles", "failed_logins"):
            await session.execute(text(f"DELETE FROM {table}"))
