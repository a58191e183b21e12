"""Photos over HTTP."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.api.customers import READ_FILES
from services.reception.commands.fields import Panel
from services.reception.commands.photos import PhotoKind
from services.reception.domain import Photo, RepairOrder
from services.reception.domain.photos import ALBUM
from services.reception.handlers import photos as handlers
from services.reception.queries import photos as asked
from shared.fields import Id, View
from shared.photographs import LARGEST, developed
from shared.refusal import Refused
from shared.service import Door, Replayed, allows, raw
from shared.service.pictures import SHOWS_A_PICTURE, TAKES_A_PICTURE, shown

router = APIRouter(tags=["check-in"])


class PhotoView(View):
    """What a photo shows; the picture itself is at /photos/{id}."""

    id: UUID
    ro_id: UUID
    kind: str
    panel: str | None
    sha256: str
    size_bytes: int
    width_px: int
    height_px: int
    taken_by: str
    taken_at: datetime


class PhotosView(View):
    """An order's photos, oldest first."""

    items: list[PhotoView]


@router.post("/repair-orders/{ro_id}/photos", status_code=201, response_model=PhotoView, openapi_extra=TAKES_A_PICTURE)
async def upload_photo(
    ro_id: Id,
    door: Annotated[Door, allows("reception.check_in")],
    content: Annotated[bytes, raw(LARGEST)],
    kind: Annotated[PhotoKind, Query()] = "damage",
    panel: Annotated[Panel | None, Query()] = None,
) -> Response:
    """The picture is the body: JPEG, PNG or WebP of at most 10 MiB and 40 megapixels.  It is kept without any metadata.  The
    order's version stays, so that several photos may be on their way at once."""
    async with door.reading() as session:
        await session.get_one(RepairOrder, ro_id)  # nothing is developed for an order that is not the caller's
    picture = await developed(content)
    # The blob lies there before the transaction begins, which waits for no disk.
    async with ALBUM.stored(picture, Refused, Replayed) as key, door.changing(RepairOrder, ro_id) as session:
        order = await session.get_one(RepairOrder, ro_id)
        photo = await handlers.keep_photo(ro_id, kind, panel, picture, key, session)
        view = PhotoView.model_validate(photo)
        answer = door.answer(201, view, version=order.version, location=f"/photos/{photo.id}")
    return answer


@router.get("/repair-orders/{ro_id}/photos", response_model=PhotosView)
async def list_photos(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        photos = await asked.photos_of(ro_id, session)
    view = PhotosView(items=[PhotoView.model_validate(photo) for photo in photos])
    return door.answer(200, view, version=order.version)


@router.get("/photos/{photo_id}", response_class=Response, responses=SHOWS_A_PICTURE)
async def read_photo(photo_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    """The picture.  It may show people, so that only roles that work with persons see it."""
    async with door.reading() as session:
        photo = await session.get_one(Photo, photo_id)
    return await shown(photo.id, photo)
