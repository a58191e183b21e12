"""Appointments (预约).  The subject of every fact is the appointment, and each tells its whole state."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from shared.events import Event, Part

Day = Annotated[str, Field(description="calendar day in the store's zone, YYYY-MM-DD")]


class NeededHours(Part):
    """Hours of one skill in one group of bays that an appointment takes from its day."""

    skill: str
    bay_group: str
    hours_milli: int


class _Appointment(Event):
    customer_id: UUID
    vehicle_id: UUID
    starts_at: AwareDatetime
    day: Day
    needs: list[NeededHours]
    services: list[str]
    """Codes of the service menu."""
    channel: str
    advisor: str | None = None


class AppointmentBooked(_Appointment):
    """A held slot was confirmed."""

    type: ClassVar[str] = "reception.appointment_booked.v1"
    booked_at: AwareDatetime


class AppointmentRescheduled(_Appointment):
    """A confirmed appointment moved to another time."""

    type: ClassVar[str] = "reception.appointment_rescheduled.v1"
    previous_starts_at: AwareDatetime
    reason_code: str
    rescheduled_at: AwareDatetime


class AppointmentCancelled(_Appointment):
    """A confirmed appointment was called off; its hours are free again."""

    type: ClassVar[str] = "reception.appointment_cancelled.v1"
    reason_code: str
    cancelled_at: AwareDatetime


class AppointmentNoShow(_Appointment):
    """The day ended and nobody had come (爽约)."""

    type: ClassVar[str] = "reception.appointment_no_show.v1"
    marked_at: AwareDatetime


class AppointmentReminderDue(_Appointment):
    """The customer is to be reminded, and asked to confirm or cancel."""

    type: ClassVar[str] = "reception.appointment_reminder_due.v1"
    due_at: AwareDatetime
