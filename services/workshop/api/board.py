"""The board: one store's workshop at a glance, once or live."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from services.workshop.api.live import LiveBoards
from services.workshop.queries import board
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, allows

router = APIRouter(tags=["board"])


class BoardHold(View):
    """What the job, or its whole car, waits for: wait_parts, wait_advisor, wait_customer, sublet, lent_back."""

    reason: str
    since: datetime


class BoardLineView(View):
    """A job on the board; `parts_missing` counts its part lines that are neither reserved nor issued, `parts_eta_at` is when
    the last of them is expected, if that is known; `comeback_of` is the job that it repeats because the car came back;
    `needs_release`: it failed so often that nobody goes on with it before the manager says so."""

    job_id: UUID
    version: int
    state: str
    state_since: datetime | None
    ro_id: UUID
    ro_no: str
    vehicle_id: UUID
    plate: str | None
    model: str | None
    op_code: str
    skill: str
    flat_hours_milli: int | None
    promised_at: datetime
    technician: str | None
    bay: str | None
    hold_reason: str | None
    rework_no: int
    comeback_of: UUID | None
    needs_release: bool
    parts_missing: int
    parts_eta_at: datetime | None
    promise: str
    """on_track, at_risk or late, by what was known at the last look."""
    predicted_at: datetime | None
    risk_reason: str | None
    holds: list[BoardHold]


class BoardTechnician(View):
    """A technician; `doing` is the kind of what their clock runs for, `job_id` the job, if it is one.  `free`: can be given
    work – is meant to be at work, or is, and neither works on a job nor rests nor learns; where nobody has a shift that day,
    everybody is meant to be there."""

    code: str
    name: str
    skills: list[str]
    trade: str
    clocked_in_at: datetime | None
    job_id: UUID | None
    doing: str | None
    doing_since: datetime | None
    free: bool
    absent: bool
    """Why is nobody else's business."""


class BoardBay(View):
    """A bay; `job_id` is what occupies it, null when it is free; `out_of_order_until` is when it is expected back."""

    code: str
    kind: str
    job_id: UUID | None
    out_of_order: bool
    out_of_order_until: datetime | None


class BoardEquipment(View):
    """What has to be maintained by today (`overdue`: was due before) or is out of order; all other equipment is not shown."""

    code: str
    kind: str
    name: str
    bay: str | None
    due_on: date | None
    overdue: bool
    out_of_order: bool
    out_of_order_until: datetime | None


class BoardView(View):
    """The whole board; the counts are cars, not jobs, and include those that are not among the 500 `jobs`."""

    store_id: str
    cars: int
    cars_waiting_for_parts: int
    cars_lent_back: int
    cars_at_other_firms: int
    free_technicians: int
    free_bays: int
    jobs: list[BoardLineView]
    technicians: list[BoardTechnician]
    bays: list[BoardBay]
    equipment: list[BoardEquipment]


@router.get("/stores/{store_id}/board", response_model=BoardView)
async def read_board(store_id: StoreId, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """The 500 most urgent unfinished jobs by promised time, the technicians, the bays, and the equipment to see to."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        shown = await board.board(store_id, session)
    return door.answer(200, BoardView.model_validate_json(shown))


@router.get(
    "/stores/{store_id}/board/stream",
    response_class=StreamingResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
)
async def watch_board(store_id: StoreId, request: Request, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """Server-sent events `board`: the whole board (as GET …/board answers) at once, then again whenever it changed, at most
    once a second.  `id` names what was sent: with it in Last-Event-ID nothing is sent until the board is another one.  Ends
    with the caller's token, after a quarter of an hour, or when the process stops: open it anew."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    live: LiveBoards = request.app.state.board
    frames = live.frames(store_id, request.headers.get("last-event-id"), door.caller.expires_at)
    return StreamingResponse(frames, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
