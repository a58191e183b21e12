"""Supplements over HTTP: price, decision; and the work that was put off."""

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.api.estimates import EstimateView
from services.reception.commands.estimates import DecideSupplement, PriceSupplement
from services.reception.domain import Supplement, Vehicle
from services.reception.handlers import supplements as handlers
from services.reception.queries import supplements as asked
from shared.fields import Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["supplements"])


class SupplementHead(View):
    """Additional work as the workshop proposed it, and how far it is."""

    id: UUID
    version: int
    store_id: str
    ro_id: UUID
    job_id: UUID
    technician: str
    state: str
    lines: list[dict[str, Any]]
    not_offered: list[dict[str, Any]]
    proposed_at: datetime
    decided_at: datetime | None


class SupplementView(SupplementHead):
    """With its price, once there is one."""

    estimate: EstimateView | None


class DeferredItemView(View):
    """Work that the customer declined or put off."""

    id: UUID
    store_id: str
    ro_id: UUID
    code: str
    description: str
    amount_fen: int
    severity: str
    decision: str
    reason_code: str | None
    remind_on: date | None
    decided_at: datetime


class DeferredItemsView(View):
    """What is brought forward for a vehicle, the gravest first."""

    items: list[DeferredItemView]


@router.get("/supplements", response_model=Listing[SupplementHead])
async def find_supplements(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: Literal["proposed", "priced", "decided", "withdrawn"] | None = None,
    ro_id: Id | None = None,
) -> Listing[SupplementHead]:
    """Newest first; `proposed` ones wait for a price, `priced` ones for the customer."""
    async with door.reading() as session:
        found = asked.supplements(store_id=store_id, state=state, ro_id=ro_id)
        rows, following = await page_of(session, found, [Supplement.id], page)
    return Listing(items=[SupplementHead.model_validate(row) for row in rows], next=following)


@router.get("/supplements/{supplement_id}", response_model=SupplementView)
async def read_supplement(supplement_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        supplement = await session.get_one(Supplement, supplement_id)
        estimate = await asked.price_of(supplement, session)
    return door.answer(
        200, _view(supplement, EstimateView.model_validate(estimate) if estimate else None), version=supplement.version
    )


@router.post("/supplements/{supplement_id}/estimate", status_code=201, response_model=SupplementView)
async def price_supplement(
    supplement_id: Id, body: PriceSupplement, door: Annotated[Door, allows("reception.estimate")]
) -> Response:
    """Put a price to it, for the customer."""
    async with door.changing(Supplement, supplement_id) as session:
        supplement = await session.get_one(Supplement, supplement_id)
        await handlers.price_supplement(supplement_id, body, door.roles_in(supplement.store_id), session)
        answer = await _answer(door, 201, supplement, session)
    return answer


@router.post("/supplements/{supplement_id}/decision", status_code=201, response_model=SupplementView)
async def decide_supplement(
    supplement_id: Id, body: DecideSupplement, door: Annotated[Door, allows("reception.authorise")]
) -> Response:
    """The customer decides, line by line; approved lines join the work at once."""
    async with door.changing(Supplement, supplement_id) as session:
        supplement = await handlers.decide_supplement(supplement_id, body, session)
        answer = await _answer(door, 201, supplement, session)
    return answer


@router.post("/supplements/{supplement_id}/withdrawal", response_model=SupplementView)
async def withdraw_supplement(supplement_id: Id, door: Annotated[Door, allows("reception.estimate")]) -> Response:
    """Not on this visit: remembered for the next one."""
    async with door.changing(Supplement, supplement_id) as session:
        supplement = await handlers.withdraw_supplement(supplement_id, session)
        answer = await _answer(door, 200, supplement, session)
    return answer


@router.get("/vehicles/{vehicle_id}/deferred-items", response_model=DeferredItemsView)
async def read_deferred_items(
    vehicle_id: Id, door: Annotated[Door, allows("reception.read_customer_files")]
) -> DeferredItemsView:
    """What was put off anywhere in the group."""
    async with door.reading() as session:
        await session.get_one(Vehicle, vehicle_id)
        found = await asked.put_off(vehicle_id, session)
    return DeferredItemsView(items=[DeferredItemView.model_validate(item) for item in found])


async def _answer(door: Door, status: int, supplement: Supplement, session: Any) -> Response:
    await session.flush()
    estimate = await asked.price_of(supplement, session)
    view = _view(supplement, EstimateView.model_validate(estimate) if estimate else None)
    return door.answer(status, view, version=supplement.version, location=f"/supplements/{supplement.id}")


def _view(supplement: Supplement, estimate: EstimateView | None) -> SupplementView:
    head = SupplementHead.model_validate(supplement)
    return SupplementView(**head.model_dump(), estimate=estimate)
