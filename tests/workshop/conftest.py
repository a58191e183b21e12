"""What the tests of the workshop may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.workshop.app import app
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.callers import calling
from tests.databases import migrated_database
from tests.stack import Stack
from tests.workshop.shop import Shop
from tests.workshop.words import NOON, STORE


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands, and somebody of the store is acting."""
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
        yield


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The migrated database of the workshop, as its service role."""
    async with migrated_database("workshop", stack) as opened:
        yield opened


@pytest.fixture(scope="session")
async def shop(database: Database) -> AsyncIterator[Shop]:
    """The workshop of sh01, its real app started."""
    async with calling(app) as client:
        yield Shop(client, database)
