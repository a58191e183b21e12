"""The ledger of hazardous waste over HTTP."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.wastes import HandOverWaste
from services.workshop.domain import WasteHandover
from services.workshop.queries import rounds as asked
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["hazardous waste"])


class HandoverView(View):
    """An entry; the quantity is in thousandths of `unit`: grams or millilitres.  `corrects` an earlier entry, which counts no
    more."""

    id: UUID
    store_id: str
    waste_kind: str
    quantity_milli: int
    unit: Literal["kg", "l"]
    receiver: str
    manifest_no: str
    handed_over_on: date
    remark: str | None
    corrects: UUID | None
    recorded_by: str
    recorded_at: datetime


class ListedHandoverView(HandoverView):
    """`corrected_by`: the entry that stands in its place, null where it counts."""

    corrected_by: UUID | None


@router.post("/stores/{store_id}/waste-handovers", status_code=201, response_model=HandoverView)
async def hand_over_waste(
    store_id: StoreId, body: HandOverWaste, door: Annotated[Door, allows("workshop.hand_over_waste")]
) -> Response:
    """409 `manifest_recorded`, `entry_corrected`."""
    async with door.creating(store_id) as session:
        entry = await handlers.hand_over_waste(store_id, body, door.caller.subject, session)
        return door.answer(201, HandoverView.model_validate(entry))


@router.get("/stores/{store_id}/waste-handovers", response_model=Listing[ListedHandoverView])
async def list_handovers(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    waste_kind: Literal["used_oil", "filters", "batteries", "coolant", "paint_waste"] | None = None,
) -> Response:
    """Newest entries first, those that were corrected too."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.handovers(store_id, waste_kind), [WasteHandover.id], page)
        instead = await asked.corrected(rows, session)
    items = [
        ListedHandoverView(**HandoverView.model_validate(row).model_dump(), corrected_by=instead.get(row.id)) for row in rows
    ]
    return door.answer(200, Listing(items=items, next=following))
