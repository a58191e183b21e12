"""A workshop that has been at it for years, in a database of its own."""

import pytest

from benchmarks.board import history
from shared.database import Database
from tests.databases import as_role
from tests.fixtures import a_stack_of_their_own, database_of, somebody_acts
from tests.stack import Stack
from tests.workshop_at_size.years import FINISHED, NOW, STORE

stack = a_stack_of_their_own()
database = database_of("workshop")
now = somebody_acts(NOW, STORE)


@pytest.fixture(scope="package")
async def years(stack: Stack, database: Database) -> Stack:
    """The statistics are those of a store that had just opened: they were last taken when nearly everything was open."""
    async with as_role("workshop_owner", "workshop", stack.settings) as owner:
        for table in ("jobs", "activities", "attendances", "outages", "authorised_orders", "job_parts", "vehicles", "holds"):
            await owner.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")
        began = NOW.isoformat()
        await owner.execute(history.people(STORE) + history.present(STORE, began))
        await owner.execute("ANALYZE")
        await owner.execute(history.past(STORE, 1, FINISHED, began))
    return stack
