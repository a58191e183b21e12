"""A batch's changed rows are written by one statement a table, with every type, and never over somebody else's change."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from sqlalchemy import event, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from shared.database import Aggregate, Database, Stated, new_id
from shared.inbox.saving import save
from tests.shared.turnstile import SERVICE, Base, World, a_world, by
from tests.stack import Stack


class Locker(Stated, Aggregate, Base):
    """A row with every kind of column."""

    __tablename__ = "lockers"
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset({("free", "taken")})
    holder: Mapped[str | None] = mapped_column(default=None)
    taken_at: Mapped[datetime | None] = mapped_column(default=None)
    tags: Mapped[list[str]] = mapped_column(default=list)
    contents: Mapped[dict[str, Any]] = mapped_column(default=dict)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(default=list)


def a_locker() -> Locker:
    locker = Locker(store_id="sh01", tags=[], contents={}, lines=[])
    locker.begin("free")
    return locker


@pytest.fixture
async def lockers(stack: Stack) -> AsyncIterator[Database]:
    """A database in which five free lockers stand."""
    async with a_world(stack) as world:
        await _make_table(world)
        opened = world.database()
        with by():
            async with opened.hearing.begin() as session:
                session.add_all([a_locker() for _ in range(5)])
        yield opened
        await opened.close()


async def _make_table(world: World) -> None:
    url = world.settings.postgres_url(f"{SERVICE}_owner", world.settings.database(SERVICE))
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.tables["lockers"].create, checkfirst=True)
    await engine.dispose()


async def test_changed_rows_of_every_type_are_written_by_one_statement(lockers: Database) -> None:
    taken_at = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
    updates: list[str] = []

    @event.listens_for(lockers.engines[1].sync_engine, "before_cursor_execute")
    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("UPDATE"):
            updates.append(statement)

    with by():
        async with lockers.hearing.begin() as session:
            held = list(await session.scalars(select(Locker).order_by(Locker.id).with_for_update()))
            for number, locker in enumerate(held[:4]):
                locker.move("taken")
                locker.version += 1
                locker.holder = None if number == 0 else f"holder {number}"
                locker.taken_at = taken_at
                locker.tags = ["a", "b"][:number]
                locker.contents = {"keys": number, "inner": [1, [2]]}
                locker.lines = [{"n": n} for n in range(number)]
            await session.run_sync(save, held)
    assert len([statement for statement in updates if "holder" in statement]) <= 2, "one for those with a holder, one without"
    async with lockers.hearing.begin() as session:
        read = list(await session.scalars(select(Locker).order_by(Locker.id)))
        steps = await session.scalar(text("SELECT count(*) FROM state_history WHERE to_state = 'taken'"))
    assert [(row.holder, row.tags, row.lines) for row in read] == [
        (None, [], []),
        ("holder 1", ["a"], [{"n": 0}]),
        ("holder 2", ["a", "b"], [{"n": 0}, {"n": 1}]),
        ("holder 3", ["a", "b"], [{"n": 0}, {"n": 1}, {"n": 2}]),
        (None, [], []),
    ]
    assert [row.contents.get("keys") for row in read] == [0, 1, 2, 3, None]
    assert [(row.state, row.version, row.taken_at) for row in read] == [("taken", 1, taken_at)] * 4 + [("free", 0, None)]
    assert steps == 4, "each step left its history"


async def test_a_row_that_somebody_else_changed_is_not_overwritten(lockers: Database) -> None:
    """A handler that forgot to lock: the whole batch fails as stale and is tried again."""
    with by(), pytest.raises(StaleDataError):
        async with lockers.hearing.begin() as session:
            held = list(await session.scalars(select(Locker)))
            async with lockers.hearing.begin() as other:
                await other.execute(update(Locker).values(version=Locker.version + 1))
            held[0].holder, held[0].version = "late", held[0].version + 1
            await session.run_sync(save, held)
    async with lockers.hearing.begin() as session:
        assert not list(await session.scalars(select(Locker).where(Locker.holder.is_not(None))))


async def test_saved_rows_may_be_changed_again_and_flushed(lockers: Database) -> None:
    with by():
        async with lockers.hearing.begin() as session:
            locker = (await session.scalars(select(Locker).limit(1).with_for_update())).one()
            locker.holder, locker.version = "first", 1
            await session.run_sync(save, [locker])
            locker.holder, locker.version = "second", 2
    async with lockers.hearing.begin() as session:
        found = await session.get_one(Locker, locker.id)
        assert (found.holder, found.version) == ("second", 2)
        assert await session.get(Locker, new_id()) is None
