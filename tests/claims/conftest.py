"""What the tests of claims may ask for."""

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from services.claims.app import app
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from tests.callers import calling
from tests.claims.words import NOON, STORE
from tests.databases import migrated_database
from tests.stack import Stack


@pytest.fixture
def at_noon() -> Iterator[None]:
    """The clock stands, and somebody of the store is acting."""
    with clock.stopped(NOON), bound(Cause(new_id(), "user:test", (STORE,))):
        yield


@pytest.fixture(scope="session")
async def database(stack: Stack) -> AsyncIterator[Database]:
    """The migrated database of claims, as its service role."""
    async with migrated_database("claims", stack) as opened:
        yield opened


@pytest.fixture(scope="session")
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service."""
    async with calling(app) as opened:
        yield opened
