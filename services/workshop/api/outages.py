"""Bays out of order: taking them out, bringing them back, listing them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.outages import TakeOut, TakeOutEquipment
from services.workshop.domain import Outage
from services.workshop.queries import equipment as tools
from services.workshop.queries import outages as asked
from shared.fields import Code, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["bays"])


class OutageView(View):
    """A bay, or (`bay` null) a piece of equipment in none, that cannot be used; it can again from `ended_at` on."""

    id: UUID
    store_id: str
    version: int
    bay: str | None
    kind: str
    from_at: datetime
    until_at: datetime | None
    ended_at: datetime | None
    reason: str
    equipment_id: UUID | None


class AffectedView(View):
    """A job that was in the bay: `set_back` (without technician and bay, to be given out again), `paused` (hold reason
    `wait_tool`) or it `stands` there as before."""

    job_id: UUID
    became: str


class TakenOutView(View):
    """The outage, and what became of the work in the bay."""

    outage: OutageView
    jobs: list[AffectedView]


@router.post("/bays/{bay_id}/outages", status_code=201, response_model=TakenOutView)
async def take_out(bay_id: Id, body: TakeOut, door: Annotated[Door, allows("workshop.keep_resources")]) -> Response:
    """Its hours are not sold any more; what was given out to it and not begun goes back to the dispatcher.  409 `bay_turned`:
    it got a job at this moment, ask again."""
    async with door.creating() as session:
        bay = await asked.bay(bay_id, session)
        door.must_have_seen(bay.version)
        outage, affected = await handlers.take_out(bay, body, session)
        jobs = [AffectedView.model_validate(each) for each in affected]
        view = TakenOutView(outage=OutageView.model_validate(outage), jobs=jobs)
        answer = door.answer(201, view, version=outage.version)
    return answer


@router.post("/equipment/{equipment_id}/outages", status_code=201, response_model=TakenOutView)
async def take_out_equipment(
    equipment_id: Id, body: TakeOutEquipment, door: Annotated[Door, allows("workshop.keep_resources")]
) -> Response:
    """With the bay in which it stands, if it stands in one.  Work that needs its kind (policy `tools`) is not proposed and not
    begun while all that the store has of it is out of order.  409 `bay_turned`: the bay got a job at this moment, ask again."""
    async with door.creating() as session:
        equipment = await tools.piece(equipment_id, session)
        door.must_have_seen(equipment.version)
        outage, affected = await handlers.take_out_equipment(equipment, body, session)
        jobs = [AffectedView.model_validate(each) for each in affected]
        view = TakenOutView(outage=OutageView.model_validate(outage), jobs=jobs)
        answer = door.answer(201, view, version=outage.version)
    return answer


@router.post("/outages/{outage_id}/end", response_model=OutageView)
async def end_outage(outage_id: Id, door: Annotated[Door, allows("workshop.keep_resources")]) -> Response:
    """The bay, or the equipment, can be used again, or the plan is given up.  409 `outage_ended`."""
    async with door.changing(Outage, outage_id) as session:
        outage = await handlers.end_outage(await session.get_one(Outage, outage_id), session)
        answer = door.answer(200, OutageView.model_validate(outage), version=outage.version)
    return answer


@router.get("/stores/{store_id}/outages", response_model=Listing[OutageView])
async def list_outages(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    bay: Annotated[Code | None, Query()] = None,
    lasting: bool = False,
) -> Response:
    """Newest first; `lasting`: only those that have not ended."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        rows, following = await page_of(session, asked.outages(store_id, bay, lasting=lasting), [Outage.id], page)
    return door.answer(200, Listing(items=[OutageView.model_validate(row) for row in rows], next=following))
