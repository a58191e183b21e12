"""What a service does with each fact that it hears: the entries of its HEARS dict."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.events import Event

E = TypeVar("E", bound=Event)
Key = UUID | str | tuple[Any, ...]


class Stubbed(Protocol):
    """A row class that can be made from its key alone, before the fact that fills it was heard."""

    @classmethod
    def stub(cls, key: Any, store_id: str) -> Any: ...


@dataclass(frozen=True, slots=True)
class Load:
    """Rows that a handler needs: locked FOR UPDATE for the whole batch in one statement, in table and key order."""

    model: type[Any]
    keys: Callable[[Any], Iterable[Key]]
    stub: bool


@dataclass(frozen=True, slots=True)
class Hears:
    """One entry of HEARS."""

    handler: Callable[[Any, AsyncSession], Awaitable[None]]
    loads: tuple[Load, ...]


def locked(model: type[Any], keys: Callable[[Any], Iterable[Key]]) -> Load:
    """Lock the rows with these primary keys (a tuple for a composite key); what does not exist stays absent."""
    return Load(model, keys, stub=False)


def stubs(model: type[Stubbed], keys: Callable[[Any], Iterable[Key]]) -> Load:
    """As `locked`, and make a row by `model.stub(key, store_id)` where there is none: early facts are stored, not parked."""
    return Load(model, keys, stub=True)


def hears(handler: Callable[[E, AsyncSession], Awaitable[None]], *, loads: Sequence[Load] = ()) -> Hears:
    """This handler applies the fact; the rows of `loads` are in the session's identity map when it runs
    (`await session.get(Model, key)` asks no database)."""
    return Hears(handler, tuple(loads))
