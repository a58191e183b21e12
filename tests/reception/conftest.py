"""What the tests of reception may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.reception.app import app
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.callers import calling
from tests.databases import migrated_database
from tests.reception.counter import Counter
from tests.reception.words import NOON, STORE
from tests.stack import Stack


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands, and somebody of the store is acting."""
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
        yield


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The migrated database of reception, as its service role."""
    async with migrated_database("reception", stack) as opened:
        yield opened


@pytest.fixture(scope="session")
async def counter(database: Database) -> AsyncIterator[Counter]:
    """The front desk: the service's real app on its real database."""
    async with calling(app) as client:
        yield Counter(client, database)
