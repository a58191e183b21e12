"""Pictures that a service keeps: the blob first, then the row that names it, so that no row ever points to nothing."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from shared import clock
from shared.blobs import blobs
from shared.cause import cause
from shared.photographs import Photograph


class Pictured:
    """A row that says what a blob shows: a JPEG of this digest, without any metadata.  May show people."""

    blob_key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str] = mapped_column()
    size_bytes: Mapped[int] = mapped_column()
    width_px: Mapped[int] = mapped_column()
    height_px: Mapped[int] = mapped_column()
    taken_by: Mapped[str] = mapped_column()
    taken_at: Mapped[datetime] = mapped_column()


def has_a_size() -> CheckConstraint:
    """The rule of every table of pictures."""
    return CheckConstraint("size_bytes > 0 AND width_px > 0 AND height_px > 0", name="size")


def taken(picture: Photograph, key: str) -> dict[str, Any]:
    """The columns of `Pictured` for a picture that lies under this key, taken now by whoever asks."""
    return {
        "blob_key": key,
        "sha256": picture.sha256,
        "size_bytes": len(picture.jpeg),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "taken_by": cause().actor,
        "taken_at": clock.now(),
    }


@dataclass(frozen=True, slots=True)
class Album:
    """Where the pictures of one table lie in the store of blobs: a folder for each day (UTC), so that what has no row can be
    found day by day."""

    name: str
    """Of no other table of any service: several services may share a bucket."""
    rows: type[Pictured]

    def folder_of(self, day: date) -> str:
        """Where the blobs of a day lie."""
        return f"{self.name}/{day.isoformat()}"

    @asynccontextmanager
    async def stored(self, picture: Photograph, *kept_not: type[Exception]) -> AsyncIterator[str]:
        """The key, which nobody can guess, under which the picture lies, for the row that is to name it.  Exceptions of the
        kinds `kept_not` say that there will be no such row; after any other nobody knows, and the sweep decides."""
        key = f"{self.folder_of(clock.now().date())}/{secrets.token_hex(16)}.jpg"
        await blobs().put(key, picture.jpeg, "image/jpeg")
        try:
            yield key
        except kept_not:
            await blobs().delete(key)
            raise

    async def sweep(self, day: date, before: datetime, session: AsyncSession) -> int:
        """Delete the blobs of a day that were written before that moment and have no row; how many.

        `before` must lie so far back that no upload is still on its way; the session must see all stores."""
        store, found = blobs(), 0
        written = [blob.key async for blob in store.under(self.folder_of(day)) if blob.written_at.astimezone(UTC) < before]
        named = set(await session.scalars(select(self.rows.blob_key).where(self.rows.blob_key.in_(written))))
        for key in written:
            if key not in named:
                await store.delete(key)
                found += 1
        return found
