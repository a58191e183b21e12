"""Sublet work and agency services over HTTP."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.api.orders import RepairOrderView
from services.reception.commands.services import CompleteService
from services.reception.domain import RepairOrder
from services.reception.handlers import services as handlers
from services.reception.queries import orders as files
from services.reception.queries import services as asked
from services.reception.queries.services import Margin
from shared.fields import Id, View
from shared.service import Door, allows

router = APIRouter(tags=["services"])


class MarginView(View):
    """What one service costs or earns the house: for managers only."""

    ro_line_id: UUID
    kind: str
    code: str
    description: str
    vendor: str | None
    amount_fen: int
    cost_fen: int | None
    fee_fen: int | None
    third_party_fen: int | None
    commission_fen: int | None
    margin_fen: int

    @classmethod
    def of(cls, found: Margin) -> Self:
        names = set(cls.model_fields) - {"ro_line_id", "margin_fen"}
        fields = {name: getattr(found.line, name) for name in names}
        return cls(ro_line_id=found.line.id, margin_fen=found.margin_fen, **fields)


class MarginsView(View):
    """All services of an order."""

    items: list[MarginView]


@router.post("/repair-orders/{ro_id}/lines/{line_id}/completion", response_model=RepairOrderView)
async def complete_service(
    ro_id: Id, line_id: Id, body: CompleteService, door: Annotated[Door, allows("reception.complete_services")]
) -> Response:
    """The other firm is done, or the paper is there; 409 `not_a_service` for jobs and parts."""
    async with door.changing(RepairOrder, ro_id) as session:
        order = await handlers.complete_service(ro_id, line_id, body, session)
        view = RepairOrderView.of(await files.order_file(ro_id, session), persons=True)
        answer = door.answer(200, view, version=order.version)
    return answer


@router.get("/repair-orders/{ro_id}/margins", response_model=MarginsView)
async def read_margins(ro_id: Id, door: Annotated[Door, allows("reception.read_margins")]) -> MarginsView:
    """Costs of other firms and commissions of third parties."""
    async with door.reading() as session:
        found = await asked.margins_of(ro_id, session)
    return MarginsView(items=[MarginView.of(each) for each in found])
