"""Checklists over HTTP."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.checklists import WriteChecklist
from services.workshop.domain import Checklist
from services.workshop.queries import rounds as asked
from shared import clock
from shared.database import ALL_STORES
from shared.fields import Code, Day, StoreId, View
from shared.permissions import NotAllowed
from shared.policies import ALL
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of
from shared.settings import stores

router = APIRouter(tags=["checklists"])


class ItemView(View):
    """One thing to look at; `unit`: a value is measured, in thousandths of it."""

    code: str
    name_zh: str
    name_en: str
    unit: str | None


class RoundFormView(View):
    """A checklist as it holds on a day: `set_by` a store, 'all', or null for one that comes with the product (version 0).  Due
    every so many days from `from_on` on, on weekdays (1 = Monday), or on a day of the month; by `due_minute` of that day."""

    code: str
    version: int
    set_by: str | None
    kind: str
    name_zh: str
    name_en: str
    items: list[ItemView]
    every_days: int | None
    weekdays: list[int] | None
    month_day: int | None
    due_minute: int
    answers_role: str | None
    answers_user: str | None
    from_on: date
    retired: bool


class ChecklistView(View):
    """One version as it was written; `store_id` is 'all' for the group's."""

    id: UUID
    store_id: str
    code: str
    version: int
    kind: str
    name_zh: str
    name_en: str
    items: list[ItemView]
    every_days: int | None
    weekdays: list[int] | None
    month_day: int | None
    due_minute: int
    answers_role: str | None
    answers_user: str | None
    from_on: date
    retired: bool
    written_by: str
    written_at: datetime


@router.post("/stores/{store_id}/checklists", status_code=201, response_model=ChecklistView)
async def write_store_checklist(
    store_id: StoreId, body: WriteChecklist, door: Annotated[Door, allows("workshop.write_checklists")]
) -> Response:
    """The next version for one store; it goes before the group's.  Rounds keep the version that they were made by."""
    async with door.creating(store_id) as session:
        written = await handlers.write_checklist(store_id, body, session)
        return door.answer(201, ChecklistView.model_validate(written))


@router.post("/checklists", status_code=201, response_model=ChecklistView)
async def write_group_checklist(
    body: WriteChecklist, door: Annotated[Door, allows("workshop.write_group_checklists")]
) -> Response:
    """The same for all stores that have none of their own under this code; only for who may do so in all of them."""
    if ALL_STORES not in door.stores:
        raise NotAllowed("workshop.write_group_checklists")
    async with door.creating() as session:
        written = await handlers.write_checklist(ALL, body, session)
        return door.answer(201, ChecklistView.model_validate(written))


@router.get("/stores/{store_id}/checklists", response_model=Listing[RoundFormView])
async def read_checklists(
    store_id: StoreId, door: Annotated[Door, allows("workshop.read")], on: Annotated[Day | None, Query()] = None
) -> Response:
    """What the store goes by today, or on another day, by code."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = await asked.forms(store_id, on or clock.day_in(stores()[store_id].time_zone), session)
    return door.answer(200, Listing(items=[RoundFormView.model_validate(form) for form in found], next=None))


@router.get("/checklists", response_model=Listing[ChecklistView])
async def list_checklists(
    page: Paged, door: Annotated[Door, allows("workshop.read")], code: Annotated[Code | None, Query()] = None
) -> Response:
    """Versions that were written, newest first."""
    async with door.reading() as session:
        rows, following = await page_of(session, asked.versions(code), [Checklist.id], page)
    return door.answer(200, Listing(items=[ChecklistView.model_validate(row) for row in rows], next=following))
