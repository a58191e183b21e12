"""Files that are to be completed, over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query

from services.reception.api.customers import READ_FILES
from services.reception.domain import IncompleteFile
from services.reception.queries import files as asked
from shared.fields import Day, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["customers"])


class IncompleteFileView(View):
    """What is missing in the file of a customer and a car since a visit, and until when it was to be complete."""

    ro_id: UUID
    store_id: str
    customer_id: UUID
    vehicle_id: UUID
    due_on: date
    missing: list[str]


@router.get("/overdue-files", response_model=Listing[IncompleteFileView])
async def find_overdue_files(
    page: Paged,
    door: Annotated[Door, allows(READ_FILES)],
    store_id: Annotated[StoreId | None, Query()] = None,
    due_before: Annotated[Day | None, Query(description="Only what was to be complete before this day")] = None,
) -> Listing[IncompleteFileView]:
    """The oldest due day first; without `due_before` all files that are not complete."""
    found = asked.incomplete_files(within=door.stores, store_id=store_id, due_before=due_before)
    async with door.reading() as session:
        keys = [IncompleteFile.due_on, IncompleteFile.ro_id]
        rows, following = await page_of(session, found, keys, page, descending=False)
        lacking = await asked.missing_in(rows, session)
    items = [
        IncompleteFileView(
            ro_id=row.ro_id,
            store_id=row.visited_store_id,
            customer_id=row.customer_id,
            vehicle_id=row.vehicle_id,
            due_on=row.due_on,
            missing=list(missing),
        )
        for row, missing in zip(rows, lacking, strict=True)
    ]
    return Listing(items=items, next=following)
