"""Shifts and absences: planning them, taking them back, listing them."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.workshop import handlers
from services.workshop.commands.shifts import PlanAbsence, PlanShifts
from services.workshop.domain import Absence, Shift
from services.workshop.queries import shifts as asked
from shared.fields import Code, Day, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["shifts"])
Planner = Annotated[Door, allows("workshop.keep_resources")]
OfTechnician = Annotated[Code | None, Query()]
OfDay = Annotated[Day | None, Query()]


class ShiftView(View):
    """A stretch of a day of the store that a technician is rostered for."""

    id: UUID
    store_id: str
    version: int
    technician: str
    day: date
    begins_at: datetime
    ends_at: datetime
    break_minutes: int
    called_off_at: datetime | None


class PlannedShiftsView(View):
    """What was planned."""

    items: list[ShiftView]


class AbsenceView(View):
    """A technician is away."""

    id: UUID
    store_id: str
    version: int
    technician: str
    kind: str
    from_at: datetime
    until_at: datetime
    withdrawn_at: datetime | None


@router.post("/stores/{store_id}/shifts", status_code=201, response_model=PlannedShiftsView)
async def plan_shifts(store_id: StoreId, body: PlanShifts, door: Planner) -> Response:
    """One shift on each chosen weekday of at most 92 days: all or none.  409 `shifts_overlap`, `left_the_store`."""
    async with door.creating(store_id) as session:
        planned = await handlers.plan_shifts(store_id, body, session)
        answer = door.answer(201, PlannedShiftsView.model_validate({"items": planned}))
    return answer


@router.get("/stores/{store_id}/shifts", response_model=Listing[ShiftView])
async def list_shifts(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read")],
    technician: OfTechnician = None,
    from_on: OfDay = None,
    until_on: OfDay = None,
) -> Response:
    """By day, those called off too."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = asked.shifts(store_id, technician, from_on, until_on)
        rows, following = await page_of(session, found, [Shift.day, Shift.id], page, descending=False)
    return door.answer(200, Listing(items=[ShiftView.model_validate(row) for row in rows], next=following))


@router.post("/shifts/{shift_id}/calling-off", response_model=ShiftView)
async def call_off(shift_id: Id, door: Planner) -> Response:
    """Nobody comes.  409 `shift_called_off`, `shift_over`."""
    async with door.changing(Shift, shift_id) as session:
        shift = await handlers.call_off(await session.get_one(Shift, shift_id), session)
        answer = door.answer(200, ShiftView.model_validate(shift), version=shift.version)
    return answer


@router.post("/stores/{store_id}/absences", status_code=201, response_model=AbsenceView)
async def plan_absence(store_id: StoreId, body: PlanAbsence, door: Planner) -> Response:
    """Leave, sickness, training (paid, none of it for sale) or other; a year at most."""
    async with door.creating(store_id) as session:
        absence = await handlers.plan_absence(store_id, body, session)
        answer = door.answer(201, AbsenceView.model_validate(absence), version=absence.version)
    return answer


@router.get("/stores/{store_id}/absences", response_model=Listing[AbsenceView])
async def list_absences(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read_clocks")],
    technician: OfTechnician = None,
    from_on: OfDay = None,
    until_on: OfDay = None,
) -> Response:
    """Newest first, those withdrawn too; only for who plans or leads: that somebody is sick is nobody else's business."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = asked.absences(store_id, technician, from_on, until_on)
        rows, following = await page_of(session, found, [Absence.id], page)
    return door.answer(200, Listing(items=[AbsenceView.model_validate(row) for row in rows], next=following))


@router.post("/absences/{absence_id}/withdrawal", response_model=AbsenceView)
async def withdraw_absence(absence_id: Id, door: Planner) -> Response:
    """They do come.  409 `absence_withdrawn`, `absence_over`."""
    async with door.changing(Absence, absence_id) as session:
        absence = await handlers.withdraw_absence(await session.get_one(Absence, absence_id), session)
        answer = door.answer(200, AbsenceView.model_validate(absence), version=absence.version)
    return answer
