"""Appointments over HTTP."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response

from services.reception.api.customers import sees_persons
from services.reception.commands.appointments import AnswerReminder, CancelAppointment, HoldAppointment, Reschedule
from services.reception.domain import Appointment
from services.reception.domain.appointments import AppointmentTerms
from services.reception.handlers import appointments as handlers
from services.reception.queries import appointments as asked
from shared import clock
from shared.fields import Code, Day, Id, ShortText, StoreId, View
from shared.policies import terms_in_force
from shared.refusal import Invalid, Unknown
from shared.service import Door, Listing, Paged, allows, page_of
from shared.settings import stores

router = APIRouter(tags=["appointments"])
State = Literal["held", "confirmed", "arrived", "expired", "cancelled", "no_show"]


class AppointmentView(View):
    """An appointment; the customer's words only to roles that work with persons."""

    id: UUID
    version: int
    store_id: str
    state: str
    customer_id: UUID
    vehicle_id: UUID
    starts_at: datetime
    day: date
    needs: list[dict[str, Any]]
    services: list[str]
    channel: str
    advisor: str | None
    held_until: datetime | None
    remind_at: datetime | None
    reminded_at: datetime | None
    reply: str | None
    reason_code: str | None
    booked_at: datetime | None
    cancelled_by: str | None
    overbooked: bool
    moves: int
    words: str | None = None


class AppointmentFile(AppointmentView):
    """With how often this customer did not come before."""

    no_shows: int


class FreeDayView(View):
    """Free hours of one skill in one group of bays, and the times at which an advisor is free that day."""

    day: date
    skill: str
    bay_group: str
    offered_hours_milli: int
    free_hours_milli: int
    times: list[datetime]


class SlotView(View):
    """A day's slot with more booked than it can take."""

    id: UUID
    day: date
    skill: str
    bay_group: str
    offered_hours_milli: int
    loaded_hours_milli: int
    booked_hours_milli: int


@router.post("/stores/{store_id}/appointments", status_code=201, response_model=AppointmentView)
async def hold_appointment(
    store_id: StoreId, body: HoldAppointment, door: Annotated[Door, allows("reception.keep_appointments")]
) -> Response:
    """Held for a while, or booked at once.  409 `no_capacity`, `arrival_slot_full`."""
    async with door.creating(store_id) as session:
        appointment = await handlers.hold_appointment(store_id, body, session)
        answer = _answer(door, 201, appointment)
    return answer


@router.get("/appointments", response_model=Listing[AppointmentView])
async def find_appointments(
    page: Paged,
    door: Annotated[Door, allows("reception.read")],
    store_id: Annotated[StoreId | None, Query()] = None,
    state: State | None = None,
    from_on: Annotated[Day | None, Query()] = None,
    until_on: Annotated[Day | None, Query()] = None,
    advisor: Annotated[ShortText | None, Query()] = None,
    customer_id: Id | None = None,
    vehicle_id: Id | None = None,
    channel: Literal["phone", "wechat", "web", "counter", "walk_in"] | None = None,
    reminder_open: bool = False,
) -> Listing[AppointmentView]:
    """Newest first.  `reminder_open`: the customer was to be reminded and has not answered."""
    found = asked.appointments(
        store_id=store_id,
        state=state,
        from_on=from_on,
        until_on=until_on,
        advisor=advisor,
        customer_id=customer_id,
        vehicle_id=vehicle_id,
        channel=channel,
        reminder_open=reminder_open,
    )
    async with door.reading() as session:
        rows, following = await page_of(session, found, [Appointment.id], page)
    return Listing(items=[_view(door, row) for row in rows], next=following)


@router.get("/appointments/{appointment_id}", response_model=AppointmentFile)
async def read_appointment(appointment_id: Id, door: Annotated[Door, allows("reception.read")]) -> Response:
    async with door.reading() as session:
        appointment = await session.get_one(Appointment, appointment_id)
        missed = await asked.no_shows(appointment.customer_id, session)
    file = AppointmentFile(**_view(door, appointment).model_dump(), no_shows=missed)
    return door.answer(200, file, version=appointment.version)


@router.post("/appointments/{appointment_id}/confirmation", response_model=AppointmentView)
async def confirm(appointment_id: Id, door: Annotated[Door, allows("reception.keep_appointments")]) -> Response:
    """The customer says yes.  409 `hold_expired`."""
    async with door.changing(Appointment, appointment_id) as session:
        answer = _answer(door, 200, await handlers.confirm_appointment(appointment_id, session))
    return answer


@router.post("/appointments/{appointment_id}/rescheduling", response_model=AppointmentView)
async def reschedule(
    appointment_id: Id, body: Reschedule, door: Annotated[Door, allows("reception.keep_appointments")]
) -> Response:
    """Another time; the old one is given back only when the new one is had."""
    async with door.changing(Appointment, appointment_id) as session:
        answer = _answer(door, 200, await handlers.reschedule(appointment_id, body, session))
    return answer


@router.post("/appointments/{appointment_id}/cancellation", response_model=AppointmentView)
async def cancel(
    appointment_id: Id, body: CancelAppointment, door: Annotated[Door, allows("reception.keep_appointments")]
) -> Response:
    """Called off; time and hours are free again."""
    async with door.changing(Appointment, appointment_id) as session:
        answer = _answer(door, 200, await handlers.cancel_appointment(appointment_id, body, session))
    return answer


@router.post("/appointments/{appointment_id}/reminder-reply", response_model=AppointmentView)
async def answer_reminder(
    appointment_id: Id, body: AnswerReminder, door: Annotated[Door, allows("reception.keep_appointments")]
) -> Response:
    """What the customer said when reminded; a no cancels."""
    async with door.changing(Appointment, appointment_id) as session:
        answer = _answer(door, 200, await handlers.answer_reminder(appointment_id, body, session))
    return answer


@router.get("/stores/{store_id}/free-slots", response_model=Listing[FreeDayView])
async def read_free_slots(
    store_id: StoreId,
    door: Annotated[Door, allows("reception.read")],
    from_on: Annotated[Day | None, Query(description="Today, when left out")] = None,
    until_on: Annotated[Day | None, Query(description="A week later, when left out")] = None,
    skill: Annotated[Code | None, Query()] = None,
    bay_group: Annotated[Code | None, Query()] = None,
    hours_milli: Annotated[int, Query(ge=1, le=10**6, description="Offer times only where so many hours are free")] = 1,
) -> Listing[FreeDayView]:
    """What can be offered to a customer, for at most 31 days."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    from_on = from_on or clock.day_in(stores()[store_id].time_zone)
    until_on = until_on or from_on + timedelta(days=7)
    if not 0 <= (until_on - from_on).days < asked.MOST_DAYS:
        raise Invalid("query.until_on", "range_wrong", f"Ask for at most {asked.MOST_DAYS} days, the first day first.")
    async with door.reading() as session:
        terms = await terms_in_force(AppointmentTerms, store_id, session)
        found = await asked.free_days(store_id, from_on, until_on, skill, bay_group, hours_milli, terms, session)
    return Listing(items=[FreeDayView.model_validate(day) for day in found], next=None)


@router.get("/stores/{store_id}/oversold-slots", response_model=Listing[SlotView])
async def read_oversold_slots(store_id: StoreId, door: Annotated[Door, allows("reception.read")]) -> Listing[SlotView]:
    """Days on which more was promised than the workshop can take now."""
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = await asked.oversold(store_id, session)
    return Listing(items=[SlotView.model_validate(slot) for slot in found], next=None)


def _view(door: Door, appointment: Appointment) -> AppointmentView:
    view = AppointmentView.model_validate(appointment)
    return view if sees_persons(door, appointment.store_id) else view.model_copy(update={"words": None})


def _answer(door: Door, status: int, appointment: Appointment) -> Response:
    view = AppointmentView.model_validate(appointment)
    return door.answer(status, view, version=appointment.version, location=f"/appointments/{appointment.id}")
