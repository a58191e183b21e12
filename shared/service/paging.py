"""Lists in pages: `?limit=50&cursor=…`, where the cursor holds the last row's key, so that pages stay right while rows come."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query
from pydantic import BaseModel
from sqlalchemy import Select, literal, tuple_
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from shared.fields import LARGEST
from shared.refusal import Invalid

Row = TypeVar("Row")
Item = TypeVar("Item")


class Listing(BaseModel, Generic[Item]):
    """One page; `next` is the cursor of the following one, null on the last."""

    items: list[Item]
    next: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """Which part of a list is asked for."""

    limit: int = 50
    after: tuple[str, ...] = ()


def _page(
    limit: Annotated[int, Query(ge=1, le=200, description="Most items on the page")] = 50,
    cursor: Annotated[str | None, Query(max_length=1000, description="`next` of the page before")] = None,
) -> Page:
    return Page(limit, _opened(cursor) if cursor else ())


Paged = Annotated[Page, Depends(_page)]
"""Route parameter `page: Paged`."""


def _not_ours() -> Invalid:
    return Invalid("query.cursor", "cursor_invalid", "The cursor is not one that this list gave out.")


def _opened(cursor: str) -> tuple[str, ...]:
    try:
        key = json.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
    except ValueError:
        raise _not_ours() from None
    if not isinstance(key, list) or not key or not all(isinstance(part, str) for part in key):
        raise _not_ours()
    return tuple(key)


async def page_of(
    session: AsyncSession,
    query: Select[Row],
    keys: Sequence[InstrumentedAttribute[Any]],
    page: Page,
    *,
    descending: bool = True,
) -> tuple[list[Row], str | None]:
    """The page's rows and the next cursor.  `keys` order the rows and must identify one together, e.g. `[RepairOrder.id]`;
    they may be times, days, UUIDs, integers or texts.  Newest (largest) first unless `descending=False`."""
    if page.after:
        last = tuple_(*(literal(value, key.type) for value, key in zip(_values(page.after, keys), keys, strict=True)))
        query = query.where(tuple_(*keys) < last if descending else tuple_(*keys) > last)
    query = query.order_by(*(key.desc() if descending else key.asc() for key in keys)).limit(page.limit + 1)
    rows = list(await session.scalars(query))
    if len(rows) <= page.limit:
        return rows, None
    rows = rows[: page.limit]
    return rows, _cursor([getattr(rows[-1], key.key) for key in keys])


def _cursor(key: list[Any]) -> str:
    parts = [part.isoformat() if isinstance(part, datetime) else str(part) for part in key]
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


def _values(parts: tuple[str, ...], keys: Sequence[InstrumentedAttribute[Any]]) -> list[Any]:
    if len(parts) != len(keys):
        raise _not_ours()
    return [_value(part, key.type.python_type) for part, key in zip(parts, keys, strict=True)]


def _value(part: str, kind: type) -> Any:
    try:
        if kind is datetime:
            moment = datetime.fromisoformat(part)
            if moment.tzinfo is None:
                raise _not_ours()
            return moment
        if kind is date:
            return date.fromisoformat(part)
        if kind is UUID:
            return UUID(part)
        if kind is int:
            number = int(part)
            if abs(number) > LARGEST:
                raise _not_ours()
            return number
        if "\0" in part:
            raise _not_ours()
        part.encode()
    except (ValueError, OverflowError):
        raise _not_ours() from None
    return part
