"""One transaction for many facts: claim their ids, lock the rows they need, run their handlers in order, commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Select, and_, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session

from shared import telemetry
from shared.cause import Cause, bound
from shared.database import ALL_STORES, Database
from shared.events import Event
from shared.events.envelope import Envelope
from shared.inbox.hears import Hears, Load
from shared.inbox.saving import save


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact with its envelope, ready to be applied."""

    envelope: Envelope
    event: Event


_CLAIM = text("""
    INSERT INTO inbox (event_id, type, speaker, announced_at)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:type AS text[]), CAST(:speaker AS text[]), CAST(:at AS timestamptz[]))
    ON CONFLICT DO NOTHING RETURNING event_id
""")


async def apply(service: str, hears: Mapping[type[Event], Hears], database: Database, batch: Sequence[Heard]) -> list[Heard]:
    """Apply a batch in one transaction and return what was new.  Any exception means that nothing of it happened
    (or, when it comes out of COMMIT, that nobody knows)."""
    async with database.hearing.begin() as session:
        return await apply_within(session, service, hears, batch)


async def apply_within(
    session: AsyncSession, service: str, hears: Mapping[type[Event], Hears], batch: Sequence[Heard]
) -> list[Heard]:
    """`apply` in the caller's transaction."""
    todo, held = await session.run_sync(_prepare, service, hears, batch)
    for heard in todo:
        envelope = heard.envelope
        with (
            telemetry.processing(envelope.type, envelope.traceparent) as traceparent,
            bound(
                Cause(
                    id=envelope.id,
                    actor=f"service:{service}",
                    stores=(ALL_STORES,),
                    correlation=envelope.about.correlation,
                    traceparent=traceparent,
                )
            ),
        ):
            await hears[type(heard.event)].handler(heard.event, session)
    await session.run_sync(save, held)
    return todo


def _prepare(
    session: Session, service: str, hears: Mapping[type[Event], Hears], batch: Sequence[Heard]
) -> tuple[list[Heard], list[Any]]:
    """What is new of the batch, and the rows that it needs (to be held: the session itself holds them weakly).

    One stretch of synchronous work: entering and leaving SQLAlchemy's greenlet for each statement costs as much as some of
    the statements.
    """
    todo = _claim(session, batch)
    with bound(Cause(id=UUID(int=0), actor=f"service:{service}", stores=(ALL_STORES,))):
        return todo, _load(session, [(heard, load) for heard in todo for load in hears[type(heard.event)].loads])


def _claim(session: Session, batch: Sequence[Heard]) -> list[Heard]:
    """The facts of the batch that nobody has applied yet, each once, in their order."""
    first: dict[UUID, Heard] = {}
    for heard in batch:
        first.setdefault(heard.envelope.id, heard)
    ids = sorted(first)
    claimed = session.connection().scalars(
        _CLAIM,
        {
            "id": ids,
            "type": [first[i].envelope.type for i in ids],
            "speaker": [first[i].envelope.source for i in ids],
            "at": [first[i].envelope.time for i in ids],
        },
    )
    fresh = set(claimed)
    return [heard for id, heard in first.items() if id in fresh]


def _load(session: Session, wanted: Sequence[tuple[Heard, Load]]) -> list[Any]:
    """Lock all rows that the batch needs: one statement a table, tables and keys in one global order (no deadlocks)."""
    held: list[Any] = []
    stores: dict[type[Any], dict[Any, tuple[str, bool]]] = {}
    for heard, load in wanted:
        keys = stores.setdefault(load.model, {})
        for key in load.keys(heard.event):
            _, stub = keys.get(key, ("", False))
            keys[key] = (heard.envelope.about.store_id, stub or load.stub)
    for model in sorted(stores, key=lambda model: str(model.__tablename__)):
        keys = stores[model]
        if wanted_stubs := sorted(key for key, (_, stub) in keys.items() if stub):
            # Before anything is locked: who waited here for another's new row would hold what the other waits for.
            there = _there(session, model, wanted_stubs)
            missing = [(key, keys[key][0]) for key in wanted_stubs if key not in there]
            if missing:
                _make_stubs(session, model, missing)
        held += _lock(session, model, sorted(keys))
    return held


def _there(session: Session, model: type[Any], keys: Sequence[Any]) -> set[Any]:
    """Which of these keys have a row already."""
    rows = session.connection().execute(_finding(cast(Any, model)), _columns_of(keys))
    return {row[0] if len(row) == 1 else tuple(row) for row in rows}


def _lock(session: Session, model: type[Any], keys: Sequence[Any]) -> list[Any]:
    """Lock what exists of these keys; the rows that were found."""
    return list(session.scalars(_locking(cast(Any, model)), _columns_of(keys))) if keys else []


def _columns_of(keys: Sequence[Any]) -> dict[str, list[Any]]:
    rows = [key if isinstance(key, tuple) else (key,) for key in keys]
    return {f"k{n}": list(column) for n, column in enumerate(zip(*rows, strict=True))}


@cache
def _locking(model: Any) -> Select[Any]:
    """SELECT … FOR UPDATE by arrays of key columns, so that the text is the same for any number of keys."""
    return _asked(model, select(model)).order_by(*inspect(model).primary_key).with_for_update(of=model)


@cache
def _finding(model: Any) -> Select[Any]:
    """SELECT of the key columns by arrays of them."""
    return _asked(model, select(*inspect(model).primary_key))


def _asked(model: Any, query: Select[Any]) -> Select[Any]:
    columns = inspect(model).primary_key
    arrays = [bindparam(f"k{n}", type_=ARRAY(column.type)) for n, column in enumerate(columns)]
    asked = func.unnest(*arrays).table_valued(*(f"k{n}" for n in range(len(columns)))).render_derived()
    return query.join_from(model, asked, and_(*(column == asked.c[f"k{n}"] for n, column in enumerate(columns))))


def _make_stubs(session: Session, model: type[Any], missing: Sequence[tuple[Any, str]]) -> None:
    """Insert stub rows; where somebody else was faster, theirs stays."""
    columns = {attribute.key: attribute.columns[0] for attribute in inspect(model).column_attrs}
    made = [model.stub(key, store_id) for key, store_id in missing]
    values = [
        {columns[name].name: value for name, value in vars(row).items() if name in columns and value is not None}
        for row in made
    ]
    session.connection().execute(insert(model.__table__).on_conflict_do_nothing(), values)
