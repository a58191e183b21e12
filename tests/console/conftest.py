"""What the tests of the console may ask for."""

from collections.abc import AsyncIterator

import httpx
import pytest
from sqlalchemy import text

from services.console.app import app
from services.console.upkeep import make_users
from shared.database import Database
from tests.callers import calling
from tests.console.words import ADVISOR, MANAGER, NOON, OPERATOR
from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, "*")
database = database_of("console")


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
