"""What the tests of the workshop may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.databases import migrated_database
from tests.stack import Stack
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
