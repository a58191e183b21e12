"""Cars that their customers have while the work waits, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.reception.api.orders import RepairOrderView
from services.reception.commands.lendings import LendBack, TakeBack
from services.reception.domain import RepairOrder
from services.reception.handlers import lendings as handlers
from services.reception.queries import orders as files
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["repair orders"])
AtTheDesk = Annotated[Door, allows("reception.deliver")]


@router.post("/repair-orders/{ro_id}/lending", response_model=RepairOrderView)
async def lend_back(ro_id: Id, body: LendBack, door: AtTheDesk) -> Response:
    """The customer takes the car meanwhile (待料-车辆已还): the order stays open, nobody works on it.  409
    `order_not_in_work`, `car_lent_back`, `odometer_runs_backwards`."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.lend_back(ro_id, body, session)
        view = RepairOrderView.of(await files.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer


@router.post("/repair-orders/{ro_id}/taking-back", response_model=RepairOrderView)
async def take_back(ro_id: Id, body: TakeBack, door: AtTheDesk) -> Response:
    """The car is here again.  409 `car_is_here`, `odometer_runs_backwards`."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.take_back(ro_id, body, session)
        view = RepairOrderView.of(await files.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer
