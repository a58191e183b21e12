"""What the tests of the console may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.console.words import NOON
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
