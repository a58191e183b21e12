"""A car's history over HTTP."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter

from services.reception.api.customers import READ_FILES
from services.reception.domain import VehicleVisit
from services.reception.queries import visits as asked
from shared.fields import Id, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["vehicles"])


class WorkView(View):
    """One authorised operation or part."""

    kind: str
    code: str
    description: str


class VisitView(View):
    """One stay at any store of the group; whose it was and what it cost is shown where the caller reads orders."""

    ro_id: UUID
    store_id: str
    ro_no: str | None
    state: str
    checked_in_at: datetime
    delivered_at: datetime | None
    odometer_km: int
    concern_codes: list[str]
    work: list[WorkView]
    customer_id: UUID | None
    total_fen: int | None

    @classmethod
    def of(cls, visit: VehicleVisit, *, reads_orders: bool) -> Self:
        view = cls.model_validate(visit)
        return view if reads_orders else view.model_copy(update={"customer_id": None, "total_fen": None})


@router.get("/vehicles/{vehicle_id}/history", response_model=Listing[VisitView])
async def read_history(vehicle_id: Id, page: Paged, door: Annotated[Door, allows(READ_FILES)]) -> Listing[VisitView]:
    """Newest first."""
    async with door.reading() as session:
        found = await asked.history_of(vehicle_id, session)
        rows, following = await page_of(session, found, [VehicleVisit.checked_in_at, VehicleVisit.ro_id], page)
    items = [VisitView.of(row, reads_orders=door.also_may("reception.read", row.store_id)) for row in rows]
    return Listing(items=items, next=following)
