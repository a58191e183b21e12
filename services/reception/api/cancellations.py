"""Calling work off over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.reception.api.orders import RepairOrderView
from services.reception.commands.cancellations import CancelLine, CancelOrder
from services.reception.domain import RepairOrder
from services.reception.handlers import cancellations as handlers
from services.reception.queries import orders as asked
from shared.fields import Id
from shared.service import Door, allows

router = APIRouter(tags=["repair orders"])


@router.post("/repair-orders/{ro_id}/lines/{line_id}/cancellation", response_model=RepairOrderView)
async def cancel_line(
    ro_id: Id, line_id: Id, body: CancelLine, door: Annotated[Door, allows("reception.authorise")]
) -> Response:
    """The customer takes the yes to a line back; 409 `line_begun`, `last_line`."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.cancel_line(ro_id, line_id, body, session)
        view = RepairOrderView.of(await asked.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer


@router.post("/repair-orders/{ro_id}/cancellation", response_model=RepairOrderView)
async def cancel_order(ro_id: Id, body: CancelOrder, door: Annotated[Door, allows("reception.authorise")]) -> Response:
    """The car goes home without the work; 409 `line_begun`, `deposit_held`, `approval_needed` once work was agreed."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.cancel_order(ro_id, body, session)
        view = RepairOrderView.of(await asked.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer
