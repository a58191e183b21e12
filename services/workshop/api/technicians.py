"""Technicians: adding and listing them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.technicians import AddTechnician
from services.workshop.domain import Technician
from services.workshop.queries import technicians as asked
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["technicians"])


class TechnicianView(View):
    """A technician; `user` is the subject of their access token."""

    id: UUID
    store_id: str
    version: int
    code: str
    name: str
    user: str
    skills: list[str]
    trade: str
    """Of their first skill."""
    grade: str
    counts_bp: int
    certificates: list[dict[str, Any]]
    left_on: date | None


@router.post("/stores/{store_id}/technicians", status_code=201, response_model=TechnicianView)
async def add_technician(
    store_id: StoreId, body: AddTechnician, door: Annotated[Door, allows("workshop.keep_resources")]
) -> Response:
    """409 `technician_code_taken` when the store has this code."""
    async with door.creating(store_id) as session:
        technician = await handlers.add_technician(store_id, body, session)
        answer = door.answer(201, TechnicianView.model_validate(technician), version=technician.version)
    return answer


@router.get("/stores/{store_id}/technicians", response_model=Listing[TechnicianView])
async def list_technicians(store_id: StoreId, page: Paged, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """By code."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.technicians(store_id), [Technician.code], page, descending=False)
    items = [TechnicianView.model_validate(row) for row in rows]
    return door.answer(200, Listing(items=items, next=following))
