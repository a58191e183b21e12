"""Flags of vehicles over HTTP, and what is brought forward to the next visit."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.customers import READ_FILES, sees_persons
from services.reception.api.supplements import DeferredItemView
from services.reception.commands.flags import ClearFlag, RaiseFlag
from services.reception.domain import RepairOrder, Vehicle, VehicleFlag
from services.reception.handlers import flags as handlers
from services.reception.queries import brought_forward as asked
from services.reception.queries.brought_forward import BroughtForward
from shared import clock
from shared.fields import Id, View
from shared.service import Door, allows
from shared.settings import stores

router = APIRouter(tags=["check-in"])
FLAG = "reception.flag_vehicles"


class FlagView(View):
    """One thing to be remembered; `text` only to roles that work with persons."""

    id: UUID
    version: int
    vehicle_id: UUID
    kind: str
    code: str
    text: str | None
    valid_until_on: date | None
    raised_by: str
    raised_at: datetime
    cleared_by: str | None
    cleared_at: datetime | None
    cleared_reason: str | None


class ReadingView(View):
    """What the odometer showed at the visit before."""

    km: int
    read_at: datetime | None
    store_id: str | None


class BroughtForwardView(View):
    """What the advisor should know when this car comes in."""

    vehicle_id: UUID
    open_complaint: bool
    last_reading: ReadingView | None
    flags: list[FlagView]
    deferred: list[DeferredItemView]

    @classmethod
    def of(cls, found: BroughtForward, *, persons: bool) -> Self:
        view = cls.model_validate(found)
        hidden = {} if persons else {"text": None}
        return view.model_copy(update={"flags": [flag.model_copy(update=hidden) for flag in view.flags]})


@router.get("/vehicles/{vehicle_id}/brought-forward", response_model=BroughtForwardView)
async def read_before_check_in(vehicle_id: Id, door: Annotated[Door, allows(READ_FILES)]) -> Response:
    """Before the car is checked in, in any store; what is valid counts by the clock of the store that knows the car best."""
    async with door.reading() as session:
        vehicle = await session.get_one(Vehicle, vehicle_id)
        found = await asked.to_the_next_visit(vehicle, _day(vehicle.store_id), session)
    return door.answer(200, BroughtForwardView.of(found, persons=True), version=vehicle.version)


@router.get("/repair-orders/{ro_id}/brought-forward", response_model=BroughtForwardView)
async def read_brought_forward(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        found = await asked.to_this_visit(order, _day(order.store_id), session)
    view = BroughtForwardView.of(found, persons=sees_persons(door, order.store_id))
    return door.answer(200, view, version=order.version)


@router.post("/vehicles/{vehicle_id}/flags", status_code=201, response_model=FlagView)
async def raise_flag(vehicle_id: Id, body: RaiseFlag, door: Annotated[Door, allows(FLAG)]) -> Response:
    """The answer's ETag is the flag's own version, which clearing it names."""
    async with door.changing(Vehicle, vehicle_id) as session:
        flag = await handlers.raise_flag(vehicle_id, body, session)
        answer = door.answer(201, FlagView.model_validate(flag), version=flag.version)
    return answer


@router.post("/vehicle-flags/{flag_id}/clearing", response_model=FlagView)
async def clear_flag(flag_id: Id, body: ClearFlag, door: Annotated[Door, allows(FLAG)]) -> Response:
    async with door.changing(VehicleFlag, flag_id) as session:
        flag = await handlers.clear_flag(flag_id, body, session)
        answer = door.answer(200, FlagView.model_validate(flag), version=flag.version)
    return answer


def _day(store_id: str) -> date:
    return clock.day_in(stores()[store_id].time_zone)
