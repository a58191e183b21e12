"""Rescue calls over HTTP."""

from datetime import datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.api.customers import sees_persons
from services.reception.api.order_lists import refuse_backwards
from services.reception.commands.rescues import ArriveAtRescue, ConcludeRescue, DispatchRescue, EndRescue, TakeRescueCall
from services.reception.domain import RescueCall
from services.reception.handlers import rescues as handlers
from services.reception.queries import rescues as asked
from shared.fields import Day, Id, StoreId, View
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["rescue"])

RescueState = Literal["called", "dispatched", "arrived", "repaired_on_site", "towed", "cancelled", "closed"]
PERSONAL = {
    "caller_name", "caller_phone", "location", "latitude_microdeg", "longitude_microdeg", "words", "plate",
    "note", "end_reason",
}  # fmt: skip
"""Null to roles that do not work with persons; a person's place is sensitive (个人信息保护法 Art. 28)."""


class RescueCallView(View):
    """A call for help from the road; `late` is whether help came, or has not come yet, after `response_limit_minutes`."""

    id: UUID
    version: int
    store_id: str
    state: str
    taken_by: str
    called_at: datetime
    response_limit_minutes: int
    response_minutes: int | None
    late: bool
    vehicle_id: UUID | None
    customer_id: UUID | None
    responder: str | None
    dispatched_at: datetime | None
    arrived_at: datetime | None
    outcome: str | None
    ended_at: datetime | None
    tow_partner: str | None
    tow_cost_fen: int | None
    ro_id: UUID | None
    caller_name: str | None
    caller_phone: str | None
    location: str | None
    latitude_microdeg: int | None
    longitude_microdeg: int | None
    words: str | None
    plate: str | None
    note: str | None
    end_reason: str | None

    @classmethod
    def of(cls, call: RescueCall, door: Door) -> Self:
        """The call as this caller may see it."""
        hidden = {} if sees_persons(door, call.store_id) else dict.fromkeys(PERSONAL)
        return cls.model_validate(call).model_copy(update=hidden)


@router.post("/stores/{store_id}/rescue-calls", status_code=201, response_model=RescueCallView)
async def take_call(store_id: StoreId, body: TakeRescueCall, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """Somebody calls from the road."""
    async with door.creating(store_id) as session:
        call = await handlers.take_call(store_id, body, session)
        answer = door.answer(201, RescueCallView.of(call, door), version=call.version, location=f"/rescue-calls/{call.id}")
    return answer


@router.get("/rescue-calls", response_model=Listing[RescueCallView])
async def find_calls(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: RescueState | None = None,
    called_from: Annotated[Day | None, Query(description="The store's own day, included")] = None,
    called_until: Annotated[Day | None, Query(description="The store's own day, included")] = None,
) -> Listing[RescueCallView]:
    """Newest first."""
    refuse_backwards(called_from, called_until, "query.called_until")
    found, keys = asked.rescue_calls(
        within=door.stores, store_id=store_id, state=state, called_from=called_from, called_until=called_until
    )
    async with door.reading() as session:
        rows, following = await page_of(session, found, keys, page)
    return Listing(items=[RescueCallView.of(row, door) for row in rows], next=following)


@router.get("/rescue-calls/{rescue_call_id}", response_model=RescueCallView)
async def read_call(rescue_call_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        call = await session.get_one(RescueCall, rescue_call_id)
    return door.answer(200, RescueCallView.of(call, door), version=call.version)


@router.post("/rescue-calls/{rescue_call_id}/dispatch", response_model=RescueCallView)
async def dispatch(rescue_call_id: Id, body: DispatchRescue, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """Somebody drives out; again, when somebody else must."""
    async with door.changing(RescueCall, rescue_call_id) as session:
        call = await handlers.dispatch(rescue_call_id, body, session)
        answer = door.answer(200, RescueCallView.of(call, door), version=call.version)
    return answer


@router.post("/rescue-calls/{rescue_call_id}/arrival", response_model=RescueCallView)
async def arrive(rescue_call_id: Id, body: ArriveAtRescue, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """Help is there; a check-in may name the call from now on."""
    async with door.changing(RescueCall, rescue_call_id) as session:
        call = await handlers.arrive(rescue_call_id, body, session)
        answer = door.answer(200, RescueCallView.of(call, door), version=call.version)
    return answer


@router.post("/rescue-calls/{rescue_call_id}/outcome", response_model=RescueCallView)
async def conclude(rescue_call_id: Id, body: ConcludeRescue, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """Repaired at the roadside or towed; this closes a call whose repair order is open already."""
    async with door.changing(RescueCall, rescue_call_id) as session:
        call = await handlers.conclude(rescue_call_id, body, session)
        answer = door.answer(200, RescueCallView.of(call, door), version=call.version)
    return answer


@router.post("/rescue-calls/{rescue_call_id}/cancellation", response_model=RescueCallView)
async def cancel(rescue_call_id: Id, body: EndRescue, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """No help is wanted any more."""
    async with door.changing(RescueCall, rescue_call_id) as session:
        call = await handlers.cancel(rescue_call_id, body, session)
        answer = door.answer(200, RescueCallView.of(call, door), version=call.version)
    return answer


@router.post("/rescue-calls/{rescue_call_id}/closing", response_model=RescueCallView)
async def close(rescue_call_id: Id, body: EndRescue, door: Annotated[Door, allows("reception.rescue")]) -> Response:
    """There will be no repair order."""
    async with door.changing(RescueCall, rescue_call_id) as session:
        call = await handlers.close(rescue_call_id, body, session)
        answer = door.answer(200, RescueCallView.of(call, door), version=call.version)
    return answer
