"""Waiting customers over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.reception.api.orders import OrderHead
from services.reception.commands.waiting import SettleIn
from services.reception.domain import RepairOrder
from services.reception.handlers import waiting as handlers
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["progress"])


@router.post("/repair-orders/{ro_id}/waiting", response_model=OrderHead)
async def settle_in(ro_id: Id, body: SettleIn, door: Annotated[Door, allows("reception.check_in")]) -> Response:
    """The customer sits down in the lounge, or leaves the store."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.settle_in(ro_id, body, session)
        answer = door.answer(200, OrderHead.model_validate(order), version=order.version)
    return answer
