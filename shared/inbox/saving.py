"""Writes what a batch changed, one statement a table: the ORM's own flush sends the UPDATE of each versioned row alone."""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Update, and_, bindparam, func, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.inspection import inspect
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError


def save(session: Session, held: Iterable[Any]) -> None:
    """Flush, with the changed columns of these rows set by set: one UPDATE for all rows of a table with the same changes.

    New rows are written before changed ones: a handler that frees a unique key and takes it again in a new row must flush in
    between.  StaleDataError when a row is not as it was read (somebody did not lock it); the transaction is lost then.
    """
    changes: dict[tuple[type[Any], tuple[str, ...]], list[dict[str, Any]]] = {}
    for row in held:
        if changed := _changed(session, row):
            changes.setdefault((type(row), changed), []).append(_taken_out(row, changed))
    session.flush()  # first the new rows, which changed ones may refer to
    for (model, changed), rows in changes.items():
        result = session.connection().execute(
            _saving(cast(Any, model), changed), {name: [row[name] for row in rows] for name in rows[0]}
        )
        if (written := result.rowcount) != len(rows):
            raise StaleDataError(f"{len(rows) - written} rows of {model.__tablename__} were changed meanwhile")


def _changed(session: Session, row: Any) -> tuple[str, ...]:
    state = inspect(row)
    if not state.modified or state.deleted or row in session.deleted:
        return ()
    touched = state.committed_state.keys() & _columns(cast(Any, state.mapper))
    return tuple(sorted(name for name in touched if state.committed_state[name] != getattr(row, name)))


def _taken_out(row: Any, changed: tuple[str, ...]) -> dict[str, Any]:
    """New values, and key and version as they were read; the session's flush finds nothing to do here any more."""
    before = inspect(row).committed_state
    values = {f"old_{name}": before.get(name, getattr(row, name)) for name in _identity(cast(Any, type(row)))}
    for name in changed:
        values[f"new_{name}"] = getattr(row, name)
        set_committed_value(row, name, values[f"new_{name}"])
    return values


@cache
def _columns(mapper: Any) -> frozenset[str]:
    return frozenset(mapper.column_attrs.keys())


@cache
def _identity(model: Any) -> tuple[str, ...]:
    """The attributes by which a row is found as it was read: its key, and its version where it has one."""
    mapper = inspect(model)
    columns = [*mapper.primary_key] + ([mapper.version_id_col] if mapper.version_id_col is not None else [])
    return tuple(mapper.get_property_by_column(column).key for column in columns)


@cache
def _saving(model: Any, changed: tuple[str, ...]) -> Update:
    """UPDATE … FROM unnest(…), so that the text is the same for any number of rows."""

    def column(name: str) -> ColumnElement[Any]:
        found: ColumnElement[Any] = inspect(model).column_attrs[name].columns[0]
        return found

    names = [f"old_{name}" for name in _identity(model)] + [f"new_{name}" for name in changed]
    arrays = [bindparam(name, type_=ARRAY(column(name[4:]).type, dimensions=1)) for name in names]
    given = func.unnest(*arrays).table_valued(*names).render_derived()
    return (
        update(model.__table__)
        .where(and_(*(column(name) == given.c[f"old_{name}"] for name in _identity(model))))
        .values({column(name).name: given.c[f"new_{name}"] for name in changed})
    )
