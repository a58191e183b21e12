"""What the tests of the workshop may ask for."""

from collections.abc import AsyncIterator, Iterator

import pytest

from services.workshop.app import app
from shared import clock
from shared.database import Database
from tests.callers import calling
from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts
from tests.workshop.safety import MONDAY, at, days
from tests.workshop.shop import Shop
from tests.workshop.turning import MORNING
from tests.workshop.words import NOON, STORE

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("workshop")


@pytest.fixture(scope="package")
async def shop(database: Database) -> AsyncIterator[Shop]:
    """The workshop of sh01, its real app started."""
    async with calling(app) as client:
        yield Shop(client, database)


@pytest.fixture
def sunday() -> Iterator[None]:
    """The day before the Monday from which safety checklists count."""
    with clock.stopped(at(MONDAY - days(1))):
        yield


@pytest.fixture
def morning() -> Iterator[None]:
    """Eight o'clock."""
    with clock.stopped(MORNING):
        yield
