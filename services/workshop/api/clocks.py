"""Technicians' clocks: coming and going, what is done in between, and corrections by a supervisor."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop import handlers
from services.workshop.commands.clocks import AnnounceOvertime, CorrectAttendance, SplitActivity, TurnTo
from services.workshop.domain import Attendance
from services.workshop.queries import clocks as asked
from shared import clock
from shared.fields import Day, Id, StoreId, View
from shared.refusal import Unknown
from shared.service import Door, Listing, Paged, allows, page_of
from shared.settings import stores

router = APIRouter(tags=["clocks"])
AsTechnician = Annotated[Door, allows("workshop.work")]
AsSupervisor = Annotated[Door, allows("workshop.correct_clocks")]
Technician = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


class ActivityView(View):
    """A stretch of a technician's time; `superseded_by` is the correction that replaced it."""

    id: UUID
    kind: str
    job_id: UUID | None
    started_at: datetime
    ended_at: datetime | None
    ended_because: str | None
    superseded_by: UUID | None


class AttendanceView(View):
    """A technician at work; `activities` are those that count, without gap or overlap; `flagged`: a supervisor must look."""

    id: UUID
    store_id: str
    version: int
    technician: str
    came_at: datetime
    left_at: datetime | None
    closes_at: datetime
    overtime_until_at: datetime | None
    flagged: bool
    activities: list[ActivityView]


class CorrectionView(View):
    """What a supervisor said of an attendance, and what the clock had said."""

    id: UUID
    corrected_by: str
    corrected_at: datetime
    reason: str
    before: list[dict[str, Any]]
    after: list[dict[str, Any]]


class AttendanceDetail(AttendanceView):
    """With all that was ever said of it."""

    superseded: list[ActivityView]
    corrections: list[CorrectionView]


@router.post("/stores/{store_id}/technicians/{technician}/clock-in", status_code=201, response_model=AttendanceView)
async def clock_in(store_id: StoreId, technician: Technician, door: AsTechnician) -> Response:
    """Only by the technician.  409 `clocked_in`, `clocked_in_elsewhere`, `left_the_store`."""
    async with door.creating(store_id) as session:
        door.must_own(await asked.user_of(store_id, technician, session), "technician")
        attendance = await handlers.clock_in(store_id, technician, session)
        return await _answered(door, 201, attendance, session)


@router.post("/stores/{store_id}/technicians/{technician}/clock-out", response_model=AttendanceView)
async def clock_out(store_id: StoreId, technician: Technician, door: AsTechnician) -> Response:
    """Only by the technician; a job that they worked on alone stands.  409 `not_clocked_in`."""
    async with door.creating(store_id) as session:
        door.must_own(await asked.user_of(store_id, technician, session), "technician")
        attendance = await handlers.clock_out(store_id, technician, session)
        return await _answered(door, 200, attendance, session)


@router.post("/stores/{store_id}/technicians/{technician}/activities", response_model=AttendanceView)
async def turn_to(store_id: StoreId, technician: Technician, body: TurnTo, door: AsTechnician) -> Response:
    """Only by the technician: break, training and the like; what was done before ends.  409 `not_clocked_in`."""
    async with door.creating(store_id) as session:
        door.must_own(await asked.user_of(store_id, technician, session), "technician")
        attendance = await handlers.turn_to(store_id, technician, body.kind, body.job_id, session)
        return await _answered(door, 200, attendance, session)


@router.post("/stores/{store_id}/technicians/{technician}/overtime", response_model=AttendanceView)
async def announce_overtime(store_id: StoreId, technician: Technician, body: AnnounceOvertime, door: AsTechnician) -> Response:
    """Only by the technician: the clock is not taken for forgotten before.  409 `not_clocked_in`, `overtime_in_the_past`."""
    async with door.creating(store_id) as session:
        door.must_own(await asked.user_of(store_id, technician, session), "technician")
        attendance = await handlers.announce_overtime(store_id, technician, body.until_at, session)
        return await _answered(door, 200, attendance, session)


@router.get("/stores/{store_id}/technicians/{technician}/day", response_model=Listing[AttendanceView])
async def read_day(
    store_id: StoreId, technician: Technician, door: AsTechnician, day: Annotated[Day | None, Query()] = None
) -> Response:
    """A technician's own day (today, when left out), oldest first."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        door.must_own(await asked.user_of(store_id, technician, session), "technician")
        that = day or clock.day_in(stores()[store_id].time_zone)
        items = await _views(await asked.day(store_id, that, technician, session), session)
    return door.answer(200, Listing(items=items, next=None))


@router.get("/stores/{store_id}/attendances", response_model=Listing[AttendanceView])
async def list_attendances(
    store_id: StoreId,
    page: Paged,
    door: Annotated[Door, allows("workshop.read_clocks")],
    day: Annotated[Day | None, Query()] = None,
    technician: Annotated[str | None, Query(max_length=40)] = None,
    flagged: Annotated[bool | None, Query()] = None,
) -> Response:
    """Newest first; `flagged=true` are the forgotten clocks that nobody has looked at yet."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        chosen: date | None = day
        found = asked.attendances(store_id, chosen, technician, flagged=flagged)
        rows, following = await page_of(session, found, [Attendance.id], page)
        items = await _views(rows, session)
    return door.answer(200, Listing(items=items, next=following))


@router.get("/attendances/{attendance_id}", response_model=AttendanceDetail)
async def read_attendance(attendance_id: Id, door: Annotated[Door, allows("workshop.read_clocks")]) -> Response:
    """With its corrections, and what they replaced."""
    async with door.reading() as session:
        attendance = await asked.attendance(attendance_id, session)
        [view] = await _views([attendance], session)
        every = await asked.activities([attendance_id], session)
        detail = AttendanceDetail(
            **view.model_dump(),
            superseded=[ActivityView.model_validate(row) for row in every if row.superseded_by is not None],
            corrections=[CorrectionView.model_validate(row) for row in await asked.corrections(attendance_id, session)],
        )
    return door.answer(200, detail, version=attendance.version)


@router.post("/attendances/{attendance_id}/corrections", response_model=AttendanceView)
async def correct(attendance_id: Id, body: CorrectAttendance, door: AsSupervisor) -> Response:
    """How it really was, by somebody else than the technician; without activities: it was as the clock says.

    Work for which no clock ran is booked by the rules of who clocks on: 409 `line_withdrawn`, `car_not_here`,
    `certificate_missing`, `inspector_worked_on_it`.  409 `own_clock`, `still_at_work`; 422 `gap_or_overlap`, `overlaps`,
    `in_the_future`, `unknown_job`.
    """
    async with door.changing(Attendance, attendance_id) as session:
        attendance = await handlers.correct_attendance(attendance_id, body, door.caller.subject, session)
        return await _answered(door, 200, attendance, session)


@router.post("/attendances/{attendance_id}/activities/{activity_id}/split", response_model=AttendanceView)
async def split(attendance_id: Id, activity_id: Id, body: SplitActivity, door: AsSupervisor) -> Response:
    """The time was worked on several jobs of the car.  409 `own_clock`, `still_at_work`, `nothing_to_split`,
    `line_withdrawn`, `car_not_here`, `certificate_missing`, `inspector_worked_on_it`; 422 `another_car`, `shares_not_whole`."""
    async with door.changing(Attendance, attendance_id) as session:
        attendance = await handlers.split_activity(attendance_id, activity_id, body, door.caller.subject, session)
        return await _answered(door, 200, attendance, session)


async def _answered(door: Door, status: int, attendance: Attendance, session: AsyncSession) -> Response:
    [view] = await _views([attendance], session)
    return door.answer(status, view, version=attendance.version)


async def _views(found: Sequence[Attendance], session: AsyncSession) -> list[AttendanceView]:
    counted: dict[UUID, list[ActivityView]] = {each.id: [] for each in found}
    for row in await asked.activities(list(counted), session):
        if row.attendance_id is not None and row.superseded_by is None:
            counted[row.attendance_id].append(ActivityView.model_validate(row))
    names = AttendanceView.model_fields.keys() - {"activities"}
    return [AttendanceView(**{name: getattr(each, name) for name in names}, activities=counted[each.id]) for each in found]
