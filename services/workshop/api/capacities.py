"""Capacity over HTTP: the calendar of hours that may be sold."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.capacities import PlanCapacity
from services.workshop.domain import Capacity
from services.workshop.queries import capacities as asked
from shared.fields import Code, Day, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["capacities"])


class CapacityView(View):
    """One skill in one group of bays on one day."""

    id: UUID
    store_id: str
    version: int
    day: date
    skill: str
    bay_group: str
    offered_hours_milli: int
    planned_hours_milli: int | None
    """Planned by hand; null: the hours follow from shifts."""
    loaded_hours_milli: int


class PlannedView(View):
    """What was planned."""

    items: list[CapacityView]


@router.post("/stores/{store_id}/capacities", status_code=201, response_model=PlannedView)
async def plan_capacity(
    store_id: StoreId, body: PlanCapacity, door: Annotated[Door, allows("workshop.keep_resources")]
) -> Response:
    """Offer hours on the chosen weekdays of a range of days, whatever the shifts say; planning a day again replaces what it
    offered, null hours leave it to the shifts again (within a minute)."""
    async with door.creating(store_id) as session:
        planned = await handlers.plan_capacity(store_id, body, session)
        answer = door.answer(201, PlannedView.model_validate({"items": planned}))
    return answer


@router.get("/capacities", response_model=Listing[CapacityView])
async def list_capacities(
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    store_id: StoreId | None = None,
    skill: Annotated[Code | None, Query()] = None,
    from_on: Annotated[Day | None, Query()] = None,
    until_on: Annotated[Day | None, Query()] = None,
) -> Listing[CapacityView]:
    async with door.reading() as session:
        found = asked.capacities(store_id=store_id, skill=skill, from_on=from_on, until_on=until_on)
        rows, following = await page_of(session, found, [Capacity.id], page)
    return Listing(items=[CapacityView.model_validate(row) for row in rows], next=following)
