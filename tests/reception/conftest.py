"""What the tests of reception may ask for."""

from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest

from services.reception.app import app
from shared import clock
from shared.database import Database
from tests.callers import calling
from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts
from tests.reception.appointments import SHANGHAI
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON, STORE

stack = a_stack_of_their_own()
at_noon = somebody_acts(NOON, STORE)
database = database_of("reception")
_days = count(1)


@pytest.fixture(scope="package")
async def counter(database: Database) -> AsyncIterator[Counter]:
    """The front desk: the service's real app on its real database."""
    async with calling(app) as client:
        yield Counter(client, database)


@pytest.fixture
def tomorrow() -> Iterator[datetime]:
    """Nine o'clock of a day of its own, and the day after it too; the clock stands on the day before."""
    day = NOON + timedelta(days=700 + 3 * next(_days))
    with clock.stopped(day):
        yield (day + timedelta(days=1)).astimezone(SHANGHAI).replace(hour=9)


@pytest.fixture
async def car(counter: Counter) -> Told:
    customer = await counter.a_customer()
    vehicle = await counter.a_vehicle(customer["id"])
    return {"customer_id": customer["id"], "vehicle_id": vehicle["id"]}
