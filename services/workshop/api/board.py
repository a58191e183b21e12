"""The board: one store's workshop at a glance."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from services.workshop.queries import board
from shared.fields import StoreId, View
from shared.refusal import Unknown
from shared.service import Door, allows

router = APIRouter(tags=["board"])


class BoardLineView(View):
    """A job on the board; `parts_missing` counts its part lines that are neither reserved nor issued."""

    job_id: UUID
    version: int
    state: str
    ro_id: UUID
    ro_no: str
    vehicle_id: UUID
    plate: str | None
    model: str | None
    op_code: str
    skill: str
    promised_at: datetime
    technician: str | None
    bay: str | None
    hold_reason: str | None
    rework_no: int
    parts_missing: int
    parts_eta_at: datetime | None


class BoardTechnician(View):
    """A technician; `job_id` is what their clock runs for, null when they can be given work."""

    code: str
    name: str
    skills: list[str]
    job_id: UUID | None


class BoardBay(View):
    """A bay; `job_id` is what occupies it, null when it is free."""

    code: str
    kind: str
    job_id: UUID | None


class BoardView(View):
    """The whole board; the counts are cars, not jobs, and include those that are not among the 500 `jobs`."""

    store_id: str
    cars: int
    cars_waiting_for_parts: int
    free_technicians: int
    jobs: list[BoardLineView]
    technicians: list[BoardTechnician]
    bays: list[BoardBay]


@router.get("/stores/{store_id}/board", response_model=BoardView)
async def read_board(store_id: StoreId, door: Annotated[Door, allows("workshop.read")]) -> Response:
    """The 500 most urgent unfinished jobs by promised time, the technicians and the bays."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        lines = await board.lines(store_id, session)
        technicians = await board.technicians(store_id, session)
        bays = await board.bays(store_id, session)
        busy = await board.clocked_on(store_id, session)
        occupants = await board.occupants(store_id, session)
        cars, waiting = await board.cars(store_id, session)
    return door.answer(
        200,
        BoardView(
            store_id=store_id,
            cars=cars,
            cars_waiting_for_parts=waiting,
            free_technicians=sum(technician.code not in busy for technician in technicians),
            jobs=[_line(line) for line in lines],
            technicians=[
                BoardTechnician(code=each.code, name=each.name, skills=each.skills, job_id=busy.get(each.code))
                for each in technicians
            ],
            bays=[BoardBay(code=bay.code, kind=bay.kind, job_id=occupants.get(bay.code)) for bay in bays],
        ),
    )


def _line(line: board.BoardLine) -> BoardLineView:
    job = line.job
    return BoardLineView(
        job_id=job.id,
        version=job.version,
        state=job.state,
        ro_id=job.ro_id,
        ro_no=job.ro_no,
        vehicle_id=job.vehicle_id,
        plate=line.plate,
        model=line.model,
        op_code=job.op_code,
        skill=job.skill,
        promised_at=job.promised_at,
        technician=job.technician,
        bay=job.bay,
        hold_reason=job.hold_reason,
        rework_no=job.rework_no,
        parts_missing=line.parts_missing,
        parts_eta_at=line.parts_eta_at,
    )
