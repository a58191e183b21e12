"""Appointments (预约): a time with an advisor and hours of the workshop, held, confirmed, kept or not (C1)."""

from collections.abc import Container, Sequence
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, ClassVar, Self
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator
from sqlalchemy import CheckConstraint, ForeignKey, Index, false
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.database import Aggregate, OfStore, Stated
from shared.events.reception import (
    AppointmentBooked,
    AppointmentCancelled,
    AppointmentNoShow,
    AppointmentReminderDue,
    AppointmentRescheduled,
    NeededHours,
)
from shared.refusal import Invalid, Refused
from shared.settings import stores

MinuteOfDay = Annotated[int, Field(ge=0, le=1439)]


class AppointmentTerms(Terms, name="appointments"):
    """How a store receives: R1 – time for each customer, spread peaks, no-shows marked."""

    hold_minutes: Annotated[int, Field(ge=1, le=1440)] = 15
    grid_minutes: Annotated[int, Field(ge=5, le=240)] = 30
    arrivals_at_once: Annotated[int, Field(ge=1, le=100)] = 2
    """How many cars may be called for the same time: as many as advisors receive."""
    opens_minute: MinuteOfDay = 510
    last_arrival_minute: MinuteOfDay = 1050
    days_ahead: Annotated[int, Field(ge=1, le=365)] = 60
    remind_days_before: Annotated[int, Field(ge=0, le=14)] = 1
    remind_minute: MinuteOfDay = 600

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.opens_minute > self.last_arrival_minute:
            raise ValueError("the last car arrives after the store opens")
        return self


class ArrivalSlot(OfStore, Base):
    """How many cars are called for one time of a store."""

    __tablename__ = "arrival_slots"
    __table_args__ = (CheckConstraint("arrivals >= 0", name="arrivals"),)

    store_id: Mapped[str] = mapped_column(primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(primary_key=True)
    arrivals: Mapped[int]

    def call(self, at_once: int) -> None:
        """Refused('arrival_slot_full')."""
        if self.arrivals >= at_once:
            raise Refused("arrival_slot_full", "No advisor is free at this time.", starts_at=self.starts_at.isoformat())
        self.arrivals += 1

    def give_back(self) -> None:
        self.arrivals -= 1


class Appointment(Aggregate, Stated, Base):
    """held -> confirmed -> arrived; held -> expired; held, confirmed or arrived -> cancelled; confirmed -> no_show.
    A walk-in begins as arrived.  While held, confirmed and arrived it takes its hours."""

    __tablename__ = "appointments"
    __table_args__ = (
        CheckConstraint("state IN ('held', 'confirmed', 'arrived', 'expired', 'cancelled', 'no_show')", name="state"),
        Index("ix_appointments_store_id", "store_id", "day", "id"),
        Index("ix_appointments_state", "store_id", "state", "id"),
        Index("ix_appointments_customer_id", "customer_id", "state"),
        Index("ix_appointments_vehicle_id", "vehicle_id"),
        Index("ix_appointments_held", "held_until", postgresql_where="state = 'held'"),
        Index("ix_appointments_remind", "remind_at", postgresql_where="state = 'confirmed' AND reminded_at IS NULL"),
        Index("ix_appointments_no_show", "no_show_at", postgresql_where="state = 'confirmed'"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("held", "confirmed"), ("held", "expired"), ("held", "cancelled"), ("confirmed", "cancelled"),
            ("confirmed", "arrived"), ("confirmed", "no_show"), ("arrived", "cancelled"),
        }
    )  # fmt: skip
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    vehicle_id: Mapped[UUID] = mapped_column(ForeignKey("vehicles.id"))
    starts_at: Mapped[datetime]
    day: Mapped[date]
    needs: Mapped[list[dict[str, Any]]]
    """[{"slot_id", "skill", "bay_group", "hours_milli"}]"""
    services: Mapped[list[str]]
    words: Mapped[str | None]
    channel: Mapped[str]
    advisor: Mapped[str | None]
    held_until: Mapped[datetime | None]
    remind_at: Mapped[datetime | None]
    """None: who books so late needs no reminder."""
    reminded_at: Mapped[datetime | None]
    reply: Mapped[str | None]
    no_show_at: Mapped[datetime | None]
    reason_code: Mapped[str | None]
    booked_at: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    overbooked: Mapped[bool] = mapped_column(server_default=false())
    """A walk-in that took more hours than were free."""
    moves: Mapped[int]
    """How often it was moved."""

    @property
    def takes_hours(self) -> bool:
        return self.state in ("held", "confirmed", "arrived")

    def hold(self, terms: AppointmentTerms) -> None:
        """Begin as held.  Invalid: what `_fits` finds."""
        self._fits(terms)
        self.held_until = clock.now() + timedelta(minutes=terms.hold_minutes)
        self.moves, self.version, self.overbooked = 0, 1, False
        self.begin("held")

    def walk_in(self, *, overbooked: bool) -> None:
        """Begin as arrived: the car is here, whether or not its hours were free."""
        self.moves, self.version, self.overbooked = 0, 1, overbooked
        self.begin("arrived")

    def _fits(self, terms: AppointmentTerms) -> None:
        """Invalid: `starts_in_the_past`, `too_far_ahead`, `closed_then`, `off_the_grid`."""
        zone = ZoneInfo(stores()[self.store_id].time_zone)
        local, now = self.starts_at.astimezone(zone), clock.now()
        self.day = local.date()
        minute = local.hour * 60 + local.minute
        for wrong, code, detail in (
            (self.starts_at <= now, "starts_in_the_past", "An appointment is ahead."),
            (self.day > clock.day_in(zone.key) + timedelta(days=terms.days_ahead), "too_far_ahead", "That is too far ahead."),
            (not terms.opens_minute <= minute <= terms.last_arrival_minute, "closed_then", "Nobody receives cars then."),
            (minute % terms.grid_minutes or local.second or local.microsecond, "off_the_grid",
             f"Cars are called every {terms.grid_minutes} minutes."),
        ):  # fmt: skip
            if wrong:
                raise Invalid("body.starts_at", code, detail)
        remind_at = datetime.combine(
            self.day - timedelta(days=terms.remind_days_before),
            time(terms.remind_minute // 60 % 24, terms.remind_minute % 60),
            zone,
        )
        self.remind_at = remind_at if remind_at > now else None
        self.no_show_at = datetime.combine(self.day + timedelta(days=1), time(), zone)

    def confirm(self) -> AppointmentBooked:
        """The customer says yes.  Refused: `hold_expired`, `illegal_transition`."""
        if self.state == "held" and self.held_until is not None and clock.now() >= self.held_until:
            raise Refused("hold_expired", "The time was kept for a while only; hold it anew.")
        self.move("confirmed")
        self.booked_at = clock.now()
        return AppointmentBooked(about=self.next_version(), booked_at=self.booked_at, **self._told())

    def move_to(self, starts_at: datetime, reason_code: str, terms: AppointmentTerms) -> AppointmentRescheduled:
        """Another time.  Refused('not_confirmed'); Invalid as for `hold`."""
        if self.state != "confirmed":
            raise Refused("not_confirmed", "Only confirmed appointments are moved.", state=self.state)
        before, self.starts_at = self.starts_at, starts_at
        self._fits(terms)
        self.reminded_at, self.reply, self.moves = None, None, self.moves + 1
        return AppointmentRescheduled(
            about=self.next_version(),
            previous_starts_at=before,
            reason_code=reason_code,
            rescheduled_at=clock.now(),
            **self._told(),
        )

    def cancel(self, reason_code: str, by: str) -> AppointmentCancelled | None:
        """Call it off, by the customer or the store; what to say of it: nothing of what was only held, and nothing of
        a car that came – its order says so."""
        confirmed = self.state == "confirmed"
        self.move("cancelled")
        self.reason_code, self.cancelled_by = reason_code, by
        if not confirmed:
            self.version += 1
            return None
        return AppointmentCancelled(
            about=self.next_version(), reason_code=reason_code, cancelled_at=clock.now(), **self._told()
        )

    def expire(self) -> None:
        """Nobody said yes in time."""
        self.move("expired")
        self.version += 1

    def remind(self) -> AppointmentReminderDue:
        """The customer is to be reminded."""
        self.reminded_at = clock.now()
        return AppointmentReminderDue(about=self.next_version(), due_at=self.reminded_at, **self._told())

    def answer(self, reply: str) -> None:
        """What the customer said to the reminder.  Refused('not_confirmed')."""
        if self.state != "confirmed":
            raise Refused("not_confirmed", "Nobody is asked about this appointment.", state=self.state)
        self.reply = reply
        self.version += 1

    def miss(self) -> AppointmentNoShow:
        """The day ended and nobody had come."""
        self.move("no_show")
        return AppointmentNoShow(about=self.next_version(), marked_at=clock.now(), **self._told())

    def arrive(self, same_file: Container[UUID], vehicle_id: UUID) -> None:
        """The car is here; `same_file` are the ids under which its customer may have booked.
        Invalid('appointment_of_another') for somebody else's; Refused('not_confirmed')."""
        if self.customer_id not in same_file or self.vehicle_id != vehicle_id:
            raise Invalid("body.appointment_id", "appointment_of_another", "The appointment is another customer's or car's.")
        if self.state != "confirmed":
            raise Refused("not_confirmed", "This appointment does not wait for a car.", state=self.state)
        self.move("arrived")
        self.version += 1

    def _told(self) -> dict[str, Any]:
        needs: Sequence[dict[str, Any]] = self.needs
        return {
            "customer_id": self.customer_id,
            "vehicle_id": self.vehicle_id,
            "starts_at": self.starts_at,
            "day": self.day.isoformat(),
            "needs": [NeededHours.model_validate(need) for need in needs],
            "services": self.services,
            "channel": self.channel,
            "advisor": self.advisor,
        }
