"""Equipment: adding, planning and recording its maintenance, what is due."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.equipment import AddEquipment, PlanMaintenance, RecordMaintenance
from services.workshop.domain import Equipment, Maintenance
from services.workshop.queries import equipment as asked
from shared import clock
from shared.fields import Day, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of
from shared.settings import stores

router = APIRouter(tags=["equipment"])
Keeper = Annotated[Door, allows("workshop.keep_resources")]


class EquipmentView(View):
    """A piece of equipment; `overdue`: its maintenance was due before today in the store."""

    id: UUID
    store_id: str
    version: int
    code: str
    kind: str
    name: str
    bay: str | None
    every_days: int | None
    due_on: date | None
    overdue: bool


class MaintenanceView(View):
    """A maintenance as it was recorded."""

    id: UUID
    equipment_id: UUID
    done_on: date
    remark: str | None
    done_by: str
    recorded_at: datetime
    next_due_on: date | None


@router.post("/stores/{store_id}/equipment", status_code=201, response_model=EquipmentView)
async def add_equipment(store_id: StoreId, body: AddEquipment, door: Keeper) -> Response:
    """409 `equipment_code_taken` when the store has this code."""
    async with door.creating(store_id) as session:
        equipment = await handlers.add_equipment(store_id, body, session)
        answer = door.answer(201, _seen(equipment), version=equipment.version)
    return answer


@router.get("/stores/{store_id}/equipment", response_model=Listing[EquipmentView])
async def list_equipment(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    due_until: Annotated[Day | None, Query()] = None,
) -> Response:
    """By code; `due_until`: only what has to be maintained by that day."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = asked.equipment(store_id, due_until)
        rows, following = await page_of(session, found, [Equipment.code], page, descending=False)
    return door.answer(200, Listing(items=[_seen(row) for row in rows], next=following))


@router.post("/equipment/{equipment_id}/maintenance-plan", response_model=EquipmentView)
async def plan_maintenance(equipment_id: Id, body: PlanMaintenance, door: Keeper) -> Response:
    """Every so many days, the next on that day; both null: none."""
    async with door.changing(Equipment, equipment_id) as session:
        equipment = await handlers.plan_maintenance(await session.get_one(Equipment, equipment_id), body, session)
        answer = door.answer(200, _seen(equipment), version=equipment.version)
    return answer


@router.post("/equipment/{equipment_id}/maintenances", status_code=201, response_model=MaintenanceView)
async def record_maintenance(equipment_id: Id, body: RecordMaintenance, door: Keeper) -> Response:
    """It was maintained: the next time is due so many days after `done_on`."""
    async with door.changing(Equipment, equipment_id) as session:
        found = await session.get_one(Equipment, equipment_id)
        equipment, made = await handlers.record_maintenance(found, body, door.caller.subject, session)
        answer = door.answer(201, MaintenanceView.model_validate(made), version=equipment.version)
    return answer


@router.get("/equipment/{equipment_id}/maintenances", response_model=Listing[MaintenanceView])
async def list_maintenances(equipment_id: Id, page: Paged, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """Newest first."""
    async with door.reading() as session:
        equipment = await asked.piece(equipment_id, session)
        rows, following = await page_of(session, asked.maintenances(equipment.id), [Maintenance.id], page)
    items = [MaintenanceView.model_validate(row) for row in rows]
    return door.answer(200, Listing(items=items, next=following), version=equipment.version)


def _seen(equipment: Equipment) -> EquipmentView:
    today = clock.day_in(stores()[equipment.store_id].time_zone)
    fields = {name: getattr(equipment, name) for name in EquipmentView.model_fields if name != "overdue"}
    return EquipmentView(**fields, overdue=equipment.due_on is not None and equipment.due_on < today)
