"""The cars follow from the kept facts alone, and the kept facts stay as they are."""

from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.domain import Car
from services.console.handlers.facts import rebuild
from services.console.inbox import HEARS
from shared.database import Database
from shared.inbox.applying import apply_within
from tests.console.words import AStay
from tests.facts import heard

_ANY_PARTITION = "SELECT min(inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = 'facts'::regclass"
pytestmark = pytest.mark.usefixtures("at_noon")


async def cars(session: AsyncSession) -> list[dict[str, Any]]:
    shown = [column for column in Car.__table__.columns if column.name not in {"touched_at", "cause_id"}]
    return [dict(row) for row in (await session.execute(select(*shown).order_by(Car.id))).mappings()]


async def test_cars_made_anew_are_the_same(database: Database) -> None:
    """K9."""
    stays = [AStay(), AStay("sh02"), AStay()]
    facts = [*stays[0].whole(), *stays[1].whole()[:9], stays[2].authorised(3), stays[2].authorised(2)]
    async with database.hearing() as session:
        await apply_within(session, "console", HEARS, [heard(fact) for fact in facts])
        await session.flush()
        before = await cars(session)
        count = await rebuild(session)
        assert count == len(facts) - 2, "the two personal facts are not kept"
        assert await cars(session) == before
        await session.rollback()


@pytest.mark.parametrize("change", ["UPDATE facts SET store_id = 'sh09'", "DELETE FROM facts", "TRUNCATE facts"])
async def test_the_service_cannot_change_what_it_heard(change: str, database: Database) -> None:
    async with database.hearing() as session:
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text(change))


async def test_the_service_reaches_facts_only_through_the_table_that_guards_the_stores(database: Database) -> None:
    async with database.hearing() as session:
        partition = await session.scalar(text(_ANY_PARTITION))
        with pytest.raises(DBAPIError, match="permission denied"):
            await session.execute(text(f"SELECT * FROM {partition}"))


async def test_a_caller_of_one_store_sees_the_facts_of_that_store_only(database: Database) -> None:
    async with database.hearing() as session:
        await apply_within(session, "console", HEARS, [heard(AStay("sh01").checked_in()), heard(AStay("sh02").checked_in())])
        await session.flush()
        await session.execute(text("SELECT set_config('app.stores', 'sh01', true)"))
        stores = {*await session.scalars(text("SELECT store_id FROM facts UNION SELECT store_id FROM cars"))}
        assert stores == {"sh01"}
        await session.rollback()
