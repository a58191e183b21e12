"""Why something happens: the request or heard fact that is being worked on, bound by the door, read by all it causes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Cause:
    """`id`: request id or heard event's id; `correlation`: the repair order's id once known; `actor`: who acts
    ('user:lin.wei', 'service:parts'); `stores`: the store codes that may be touched, ('*',) for all."""

    id: UUID
    actor: str
    stores: tuple[str, ...]
    correlation: UUID | None = None
    traceparent: str | None = None


_bound: ContextVar[Cause] = ContextVar("cause")


def cause() -> Cause:
    """The cause that the door has bound; LookupError where no door was passed (a programming error)."""
    return _bound.get()


@contextmanager
def bound(to: Cause) -> Iterator[Cause]:
    """Bind the cause for everything inside."""
    token = _bound.set(to)
    try:
        yield to
    finally:
        _bound.reset(token)
