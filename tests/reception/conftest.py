"""What the tests of reception may ask for."""

from collections.abc import AsyncIterator

import pytest

from services.reception.app import app
from shared.database import Database
from tests.callers import calling
from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts
from tests.reception.counter import Counter
from tests.reception.words import NOON, STORE

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("reception")


@pytest.fixture(scope="package")
async def counter(database: Database) -> AsyncIterator[Counter]:
    """The front desk: the service's real app on its real database."""
    async with calling(app) as client:
        yield Counter(client, database)
