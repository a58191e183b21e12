"""Roadside rescue (救援, R11): from the call at the hotline to the car that was repaired there or towed in."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.policies import Terms
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Aggregate, Stated
from shared.refusal import Invalid, Refused


class RescueTerms(Terms, name="rescue"):
    """How soon help must be there."""

    response_minutes: Annotated[int, Field(strict=True, ge=1, le=1_440)] = 30
    """From the call to the arrival at the car."""


class RescueCall(Aggregate, Stated, Base):
    """A call for help from the road.

    called -> dispatched -> arrived -> repaired_on_site or towed -> closed; cancelled before help was given.  It is closed by
    its repair order or with a reason why there is none.  The repair order may be opened at the roadside already (work begins
    when its payer agreed, there as anywhere); then the outcome closes the call.  Caller, place and words are personal."""

    __tablename__ = "rescue_calls"
    __table_args__ = (
        CheckConstraint(
            "state IN ('called', 'dispatched', 'arrived', 'repaired_on_site', 'towed', 'cancelled', 'closed')", name="state"
        ),
        CheckConstraint("num_nulls(latitude_microdeg, longitude_microdeg) IN (0, 2)", name="place"),
        CheckConstraint("dispatched_at >= called_at AND arrived_at >= dispatched_at AND ended_at >= called_at", name="times"),
        CheckConstraint("state <> 'cancelled' OR end_reason IS NOT NULL AND ro_id IS NULL", name="cancelled"),
        CheckConstraint("state <> 'closed' OR num_nulls(ro_id, end_reason) = 1 AND outcome IS NOT NULL", name="closed"),
        CheckConstraint("tow_cost_fen >= 0 AND response_limit_minutes > 0", name="figures"),
        Index("ix_rescue_calls_store", "store_id", "id"),
        Index("ix_rescue_calls_store_state", "store_id", "state", "id"),
        Index("ix_rescue_calls_store_called_on", "store_id", "called_on", "id"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("called", "dispatched"),
            ("dispatched", "dispatched"),
            ("dispatched", "arrived"),
            ("arrived", "repaired_on_site"),
            ("arrived", "towed"),
            ("repaired_on_site", "closed"),
            ("towed", "closed"),
            ("called", "cancelled"),
            ("dispatched", "cancelled"),
            ("arrived", "cancelled"),
        }
    )

    caller_name: Mapped[str]
    caller_phone: Mapped[str]
    location: Mapped[str]
    latitude_microdeg: Mapped[int | None]
    """In millionths of a degree (WGS 84), as is the longitude."""
    longitude_microdeg: Mapped[int | None]
    words: Mapped[str]
    """What happened, in the caller's own words."""
    plate: Mapped[str | None]
    vehicle_id: Mapped[UUID | None] = mapped_column(ForeignKey("vehicles.id"))
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("customers.id"))
    taken_by: Mapped[str]
    called_at: Mapped[datetime]
    called_on: Mapped[date]
    """The call's day in the store's time zone."""
    response_limit_minutes: Mapped[int]
    """What the policy gave when the call came."""
    responder: Mapped[str | None]
    """Who drives out."""
    tow_partner: Mapped[str | None]
    tow_cost_fen: Mapped[int | None]
    dispatched_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    """When the car was repaired or towed, or the call was cancelled."""
    outcome: Mapped[str | None]
    note: Mapped[str | None]
    end_reason: Mapped[str | None]
    """Why the call was cancelled, or closed without a repair order."""
    ro_id: Mapped[UUID | None] = mapped_column(ForeignKey("repair_orders.id"), unique=True)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"taken_by": cause().actor, "called_at": clock.now(), **fields})
        self.version = 1
        self.begin("called")

    @property
    def response_minutes(self) -> int | None:
        """Whole minutes from the call to the arrival."""
        return (self.arrived_at - self.called_at) // timedelta(minutes=1) if self.arrived_at else None

    @property
    def late(self) -> bool:
        """Whether help came, or has not come yet, later than the policy gave."""
        until = self.arrived_at or self.ended_at or clock.now()
        return until - self.called_at > timedelta(minutes=self.response_limit_minutes)

    def dispatch(self, responder: str, tow_partner: str | None, at: datetime | None) -> None:
        """Somebody drives out; again, when somebody else must."""
        moment = self._moment(at, self.called_at)
        self.move("dispatched")
        self.responder, self.tow_partner, self.dispatched_at = responder, tow_partner, moment
        self.version += 1

    def arrive(self, at: datetime | None) -> None:
        """Help is there."""
        moment = self._moment(at, self.dispatched_at)
        self.move("arrived")
        self.arrived_at = moment
        self.version += 1

    def conclude(
        self, outcome: str, at: datetime | None, note: str | None, tow_partner: str | None, tow_cost_fen: int | None
    ) -> None:
        """The car runs again, or is on the hook; this closes the call when its repair order is open already."""
        moment = self._moment(at, self.arrived_at)
        self.move(outcome)
        self.outcome, self.note, self.ended_at = outcome, note, moment
        self.tow_partner, self.tow_cost_fen = tow_partner or self.tow_partner, tow_cost_fen
        self.version += 1
        if self.ro_id is not None:
            self.move("closed")

    def cancel(self, reason: str) -> None:
        """No help is wanted.  Refused: `rescue_has_order` when work was begun at the roadside."""
        if self.ro_id is not None:
            raise Refused("rescue_has_order", "A repair order was opened for this call.", ro_id=self.ro_id)
        self.move("cancelled")
        self.end_reason, self.ended_at = reason, clock.now()
        self.version += 1

    def open_order(self, ro_id: UUID, order_kind: str, vehicle_id: UUID, customer_id: UUID) -> None:
        """The call became this repair order; from now on car and customer are known.

        Invalid: `kind_not_rescue`.  Refused: `rescue_has_order`, `rescue_not_there` before anybody reached the car."""
        if order_kind != "rescue":
            raise Invalid("body.order_kind", "kind_not_rescue", "A rescue call becomes a repair order of the kind rescue.")
        if self.ro_id is not None:
            raise Refused("rescue_has_order", "A repair order was opened for this call.", ro_id=self.ro_id)
        if self.arrived_at is None or self.state in ("cancelled", "closed"):
            raise Refused("rescue_not_there", "Nobody is with the car, or not any more.", state=self.state)
        self.ro_id, self.vehicle_id, self.customer_id = ro_id, vehicle_id, customer_id
        self.version += 1
        if self.outcome is not None:
            self.move("closed")

    def close(self, reason: str) -> None:
        """There will be no repair order (towed to another workshop, only a jump start …)."""
        self.move("closed")
        self.end_reason = reason
        self.version += 1

    def _moment(self, at: datetime | None, earliest: datetime | None) -> datetime:
        """Now, or when it was reported to have been.  Invalid: `time_in_the_future`, `time_before_last_step`."""
        now = clock.now()
        if at is not None and at > now:
            raise Invalid("body.at", "time_in_the_future", "This has not happened yet.")
        if at is not None and earliest is not None and at < earliest:
            raise Invalid("body.at", "time_before_last_step", "The step before it was later.")
        return at or now
