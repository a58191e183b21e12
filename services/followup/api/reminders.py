"""Routes of reminders: the list by due day."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from services.followup import queries
from services.followup.domain import Reminder
from shared.fields import StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["reminders"])


class ReminderView(View):
    """What a customer is to be reminded of, by day or by reading, whichever comes first."""

    id: UUID
    store_id: str
    vehicle_id: UUID
    customer_id: UUID
    kind: str
    due_on: date
    due_km: int | None
    state: str
    version: int


@router.get("/reminders")
async def list_reminders(
    door: Annotated[Door, allows("followup.read")],
    page: Paged,
    store_id: StoreId | None = None,
    kind: Literal["first_maintenance"] | None = None,
    due_before: Annotated[date | None, Query(description="Only what is due before this day")] = None,
) -> Listing[ReminderView]:
    """Those that are due first on top."""
    async with door.reading() as session:
        rows, cursor = await page_of(
            session, queries.reminders(store_id, kind, due_before), [Reminder.due_on, Reminder.id], page, descending=False
        )
    return Listing(items=[ReminderView.model_validate(row) for row in rows], next=cursor)
