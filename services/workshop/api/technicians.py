"""Technicians: adding, listing and changing them."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop import handlers
from services.workshop.commands.technicians import AddTechnician, ChangeCertificates, ChangeGrade, ChangeSkills, Leave
from services.workshop.domain import Technician
from services.workshop.queries import technicians as asked
from shared.fields import Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["technicians"])
Keeper = Annotated[Door, allows("workshop.keep_resources")]


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


@router.get("/technicians/{technician_id}", response_model=TechnicianView)
async def read_technician(technician_id: Id, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """One technician."""
    async with door.reading() as session:
        technician = await asked.technician(technician_id, session)
    return _as_it_stands(door, technician)


@router.post("/technicians/{technician_id}/grade", response_model=TechnicianView)
async def change_grade(technician_id: Id, body: ChangeGrade, door: Keeper) -> Response:
    """Another grade, or another share of their hours that can be sold."""
    async with door.changing(Technician, technician_id) as session:
        technician = await session.get_one(Technician, technician_id)
        return _as_it_stands(door, await handlers.change_grade(technician, body, session))


@router.post("/technicians/{technician_id}/skills", response_model=TechnicianView)
async def change_skills(technician_id: Id, body: ChangeSkills, door: Keeper) -> Response:
    """All skills from now on."""
    async with door.changing(Technician, technician_id) as session:
        technician = await session.get_one(Technician, technician_id)
        return _as_it_stands(door, await handlers.change_skills(technician, body, session))


@router.post("/technicians/{technician_id}/certificates", response_model=TechnicianView)
async def change_certificates(technician_id: Id, body: ChangeCertificates, door: Keeper) -> Response:
    """All certificates from now on."""
    async with door.changing(Technician, technician_id) as session:
        technician = await session.get_one(Technician, technician_id)
        return _as_it_stands(door, await handlers.change_certificates(technician, body, session))


@router.post("/technicians/{technician_id}/leaving", response_model=TechnicianView)
async def leave(technician_id: Id, body: Leave, door: Keeper) -> Response:
    """They leave the store; their shifts from that day on are called off.  409 `technician_busy` while their clock runs."""
    async with door.changing(Technician, technician_id) as session:
        technician = await session.get_one(Technician, technician_id)
        return _as_it_stands(door, await handlers.leave_store(technician, body, session))


def _as_it_stands(door: Door, technician: Technician) -> Response:
    return door.answer(200, TechnicianView.model_validate(technician), version=technician.version)
