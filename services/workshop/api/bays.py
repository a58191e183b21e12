"""Bays: adding and listing them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.bays import AddBay
from services.workshop.domain import Bay
from services.workshop.queries import bays as asked
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["bays"])


class BayView(View):
    """A bay of a store."""

    id: UUID
    store_id: str
    version: int
    code: str
    kind: str


@router.post("/stores/{store_id}/bays", status_code=201, response_model=BayView)
async def add_bay(store_id: StoreId, body: AddBay, door: Annotated[Door, allows("workshop.keep_resources")]) -> Response:
    """409 `bay_code_taken` when the store has this code."""
    async with door.creating(store_id) as session:
        bay = await handlers.add_bay(store_id, body, session)
        answer = door.answer(201, BayView.model_validate(bay), version=bay.version)
    return answer


@router.get("/stores/{store_id}/bays", response_model=Listing[BayView])
async def list_bays(store_id: StoreId, page: Paged, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """By code."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.bays(store_id), [Bay.code], page, descending=False)
    return door.answer(200, Listing(items=[BayView.model_validate(row) for row in rows], next=following))
