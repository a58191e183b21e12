"""Estimates over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response

from services.reception.commands.estimates import DrawUpEstimate
from services.reception.domain import Estimate, RepairOrder
from services.reception.handlers import estimates as handlers
from services.reception.queries import estimates as asked
from shared.fields import Id, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["estimates"])


class PricedLineView(View):
    """A line with its price."""

    id: UUID
    position: int
    kind: str
    op_code: str | None
    part_no: str | None
    labour_line_id: UUID | None
    description: str
    concern_code: str | None
    flat_hours_milli: int | None
    quantity_milli: int | None
    unit_price_fen: int
    list_price_fen: int | None
    list_hours_milli: int | None
    discount_bp: int
    price_list_id: UUID | None
    package_code: str | None
    vendor: str | None
    fee_fen: int | None
    """Of an agency service; the rest of its amount is `third_party_fen`."""
    third_party_fen: int | None
    due_on: date | None
    amount_fen: int
    tax_bp: int
    payers: list[dict[str, Any]]
    deductible_fen: int


class EstimateView(View):
    """One version; the answer's ETag is the repair order's version, which authorising the newest one needs."""

    id: UUID
    ro_id: UUID
    number: int
    made_at: datetime
    valid_until: datetime | None
    expired: bool
    supplement_id: UUID | None
    """The supplement that this is the price of."""
    total_fen: int
    lines: list[PricedLineView]


@router.post("/repair-orders/{ro_id}/estimates", status_code=201, response_model=EstimateView)
async def draw_up_estimate(ro_id: Id, body: DrawUpEstimate, door: Annotated[Door, allows("reception.estimate")]) -> Response:
    async with door.changing(RepairOrder, ro_id) as session:
        order = await session.get_one(RepairOrder, ro_id)
        estimate = await handlers.draw_up_estimate(ro_id, body, door.roles_in(order.store_id), session)
        view = EstimateView.model_validate(estimate)
        answer = door.answer(201, view, version=order.version, location=f"/repair-orders/{ro_id}/estimate")
    return answer


@router.get("/repair-orders/{ro_id}/estimates", response_model=Listing[EstimateView])
async def list_estimates(ro_id: Id, page: Paged, door: Annotated[Door, allows("reception.read")]) -> Listing[EstimateView]:
    """All versions, newest first."""
    async with door.reading() as session:
        found = await asked.versions_of(ro_id, session)
        rows, following = await page_of(session, found, [Estimate.number], page)
    return Listing(items=[EstimateView.model_validate(row) for row in rows], next=following)


@router.get("/repair-orders/{ro_id}/estimate", response_model=EstimateView)
async def read_estimate(ro_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        order = await session.get_one(RepairOrder, ro_id)
        estimate = await asked.estimate_of(order, session)
    if estimate is None:
        raise Unknown("estimate")
    return door.answer(200, EstimateView.model_validate(estimate), version=order.version)
