"""What the tests of the parts department may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.databases import migrated_database
from tests.parts.words import NOON, STORE
from tests.stack import Stack


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands, and somebody of the store is acting."""
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
        yield


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The migrated database of parts, as its service role."""
    async with migrated_database("parts", stack) as opened:
        yield opened
