"""Reception with as much in its files as a group has after some years, in a database of its own."""

from collections.abc import AsyncIterator

import pytest

from services.reception.app import app
from shared.database import Database
from tests.callers import calling
from tests.databases import as_role
from tests.fixtures import a_stack_of_their_own, database_of
from tests.reception_at_size.desk import Desk
from tests.reception_at_size.full_files import FILL
from tests.stack import Stack

stack = a_stack_of_their_own()
database = database_of("reception")


@pytest.fixture(scope="package")
async def desk(stack: Stack, database: Database) -> AsyncIterator[Desk]:
    """The front desk of a store among many, with full files."""
    async with as_role("reception_owner", "reception", stack.settings) as owner:
        await owner.execute(FILL)
        await owner.execute("ANALYZE")
    async with calling(app) as client:
        yield Desk(client, app.state.database.engine.sync_engine, stack.settings)
