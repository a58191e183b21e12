"""Keeping photos: the blob first, then its row, so that no row ever points to nothing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.fields import Panel
from services.reception.commands.photos import PhotoKind
from services.reception.domain import Photo, RepairOrder, WalkAroundTerms
from services.reception.domain.photos import folder_of, fresh_key
from shared import clock
from shared.blobs import blobs
from shared.cause import cause
from shared.photographs import Photograph
from shared.policies import terms_in_force


@asynccontextmanager
async def stored(picture: Photograph, *kept_not: type[Exception]) -> AsyncIterator[str]:
    """The key under which the picture lies, for the row that is to name it.  Exceptions of the kinds `kept_not` say that there
    will be no such row; after any other nobody knows, and the sweep decides."""
    key = fresh_key(clock.now().date())
    await blobs().put(key, picture.jpeg, "image/jpeg")
    try:
        yield key
    except kept_not:
        await blobs().delete(key)
        raise


async def keep_photo(
    ro_id: UUID, kind: PhotoKind, panel: Panel | None, picture: Photograph, key: str, session: AsyncSession
) -> Photo:
    """Write down what the picture under this key shows."""
    order = await session.get_one(RepairOrder, ro_id)
    terms = await terms_in_force(WalkAroundTerms, order.store_id, session)
    taken = (await session.scalars(select(func.count()).where(Photo.ro_id == ro_id))).one()
    order.refuse_photos_beyond(taken, terms.most_photos)
    photo = Photo(
        ro_id=order.id, store_id=order.store_id, kind=kind, panel=panel, blob_key=key, sha256=picture.sha256,
        size_bytes=len(picture.jpeg), width_px=picture.width_px, height_px=picture.height_px, taken_by=cause().actor,
        taken_at=clock.now(),
    )  # fmt: skip
    session.add(photo)
    await session.flush()
    return photo


async def sweep(day: date, before: datetime, session: AsyncSession) -> int:
    """Delete the blobs of a day (UTC) that were written before that moment and have no row; how many.

    `before` must lie so far back that no upload is still on its way; the session must see all stores."""
    store, found = blobs(), 0
    written = [blob.key async for blob in store.under(folder_of(day)) if blob.written_at.astimezone(UTC) < before]
    named = set(await session.scalars(select(Photo.blob_key).where(Photo.blob_key.in_(written))))
    for key in written:
        if key not in named:
            await store.delete(key)
            found += 1
    return found
