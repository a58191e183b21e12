"""Part prices and availability over HTTP, while the customer waits (R5)."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.reception.domain import PartOffer
from services.reception.queries import offers as asked
from shared.fields import Code, Id, ShortText, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["part offers"])


class PartOfferView(View):
    """A part in a store as parts said last; the price is of one whole unit, null where none is set."""

    part_no: str
    name_zh: str
    name_en: str
    unit: str
    genuine: bool
    list_price_fen: int | None
    free_milli: int
    lead_time_days: int
    offered_at: datetime


class AvailabilityView(View):
    """One part line of the newest estimate, and whether the shelf can meet it; `free_milli` and `lead_time_days` are null
    where parts has said nothing of the part."""

    line_id: UUID
    part_no: str
    quantity_milli: int
    free_milli: int | None
    enough: bool
    lead_time_days: int | None
    expected_on: date | None
    """When the supplier would bring what is short."""


class AvailabilitiesView(View):
    """All part lines of the newest estimate."""

    items: list[AvailabilityView]


@router.get("/stores/{store_id}/part-offers", response_model=Listing[PartOfferView])
async def list_part_offers(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    q: Annotated[ShortText | None, Query(description="Beginning of a part number, or what a name contains")] = None,
    part_no: Annotated[Code | None, Query(description="Exactly this part number")] = None,
) -> Listing[PartOfferView]:
    """By part number."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found, following = await page_of(
            session, asked.offers(store_id, q, part_no), [PartOffer.part_no], page, descending=False
        )
    return Listing(items=[PartOfferView.model_validate(offer) for offer in found], next=following)


@router.get("/repair-orders/{ro_id}/part-availability", response_model=AvailabilitiesView)
async def read_availability(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> AvailabilitiesView:
    """Of the newest estimate's part lines that nobody decided about yet.  Nothing is given away by looking: parts reserves when
    the work is authorised."""
    async with door.reading() as session:
        found = await asked.availability_for(ro_id, session)
    return AvailabilitiesView(
        items=[
            AvailabilityView(
                line_id=each.line.id,
                part_no=each.line.part_no or "",
                quantity_milli=each.line.quantity_milli or 0,
                free_milli=each.offer.free_milli if each.offer else None,
                enough=each.enough,
                lead_time_days=each.offer.lead_time_days if each.offer else None,
                expected_on=each.expected_on,
            )
            for each in found
        ]
    )
