"""What reception said about a whole repair order: which version of it is authorised, and whether it has ended."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.holds import OpenStretch, alternating, ended
from services.workshop.domain.stretches import Stretch
from services.workshop.domain.tables import Base
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.events.reception import (
    PromiseChanged,
    RepairOrderCancelled,
    VehicleDelivered,
    VehicleLentBack,
    VehicleTakenBack,
    WorkAuthorised,
)
from shared.refusal import Refused


class AuthorisedOrder(Effect, OfStore, Base):
    """A repair order as far as the workshop has heard of it; `id` is the repair order's."""

    __tablename__ = "authorised_orders"
    __table_args__ = (
        Index(
            "ix_authorised_orders_delivered_at",
            "store_id",
            "delivered_at",
            postgresql_where=text("delivered_at IS NOT NULL"),
        ),
        Index("ix_authorised_orders_appointment_id", "appointment_id", postgresql_where=text("appointment_id IS NOT NULL")),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    authorised_epoch: Mapped[int]
    authorised_version: Mapped[int]
    delivered_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    customer_waits: Mapped[bool]
    priority: Mapped[str]
    member_tier: Mapped[str | None]
    """Of the customer's membership when the car came."""
    promised_at: Mapped[datetime | None]
    promised_epoch: Mapped[int]
    promised_version: Mapped[int]
    """Order of the fact that said so: the agreement, or a later change of the promise."""
    appointment_id: Mapped[UUID | None]
    """The appointment whose hours the order uses; None: it came without."""
    opened_on: Mapped[date | None]
    """Day of the check-in in the store's zone."""
    first_promised_at: Mapped[datetime | None]
    """What punctuality counts by; None: reception did not say."""
    lendings: Mapped[list[dict[str, Any]]]
    """When the customer got the car back for the time being and when it came again, [{"epoch", "version", "lent", "at"}]."""

    @classmethod
    def stub(cls, key: UUID, store_id: str) -> Self:
        """A repair order of which nothing was heard yet."""
        return cls(
            id=key,
            store_id=store_id,
            authorised_epoch=0,
            authorised_version=0,
            customer_waits=False,
            priority="normal",
            promised_epoch=0,
            promised_version=0,
            lendings=[],
        )

    @property
    def authorised(self) -> tuple[int, int]:
        """Order of the newest authorisation, (0, 0) before the first."""
        return self.authorised_epoch, self.authorised_version

    def authorise(self, event: WorkAuthorised) -> None:
        """Remember the newest authorisation."""
        if event.about.order > self.authorised:
            self.authorised_epoch, self.authorised_version = event.about.order
            self.appointment_id = event.appointment_id
            self.customer_waits, self.priority = event.customer_waits, event.priority
            self.member_tier = event.member_tier
            self.opened_on, self.first_promised_at = date.fromisoformat(event.opened_on), event.first_promised_at
            self.cause_id = cause().id

    def promise(self, event: WorkAuthorised | PromiseChanged) -> None:
        """Remember the newest promise, whichever fact carries it."""
        if event.about.order > (self.promised_epoch, self.promised_version):
            self.promised_epoch, self.promised_version = event.about.order
            self.promised_at, self.cause_id = event.promised_at, cause().id

    def deliver(self, event: VehicleDelivered) -> None:
        """The car has left; this stays so."""
        if self.delivered_at is None:
            self.delivered_at = event.delivered_at
            self.cause_id = cause().id

    def cancel(self, event: RepairOrderCancelled) -> None:
        """The order was called off; this stays so."""
        if self.cancelled_at is None:
            self.cancelled_at = event.cancelled_at
            self.cause_id = cause().id

    def lend(self, event: VehicleLentBack | VehicleTakenBack) -> None:
        """The customer has the car meanwhile, or brought it again."""
        epoch, version = event.about.order
        lent = isinstance(event, VehicleLentBack)
        at = event.lent_at if isinstance(event, VehicleLentBack) else event.taken_back_at
        others = [each for each in self.lendings if (each["epoch"], each["version"]) != (epoch, version)]
        told = {"epoch": epoch, "version": version, "lent": lent, "at": at.isoformat()}
        self.lendings = sorted([*others, told], key=lambda each: (each["epoch"], each["version"]))
        self.cause_id = cause().id

    @property
    def lent_back(self) -> bool:
        """Whether the customer has the car while its work waits (待料-车辆已还)."""
        return bool(self.lendings) and bool(self.lendings[-1]["lent"]) and not self.ended

    def lent(self) -> list[OpenStretch]:
        """When the customer had the car meanwhile."""
        marks = [(datetime.fromisoformat(each["at"]), bool(each["lent"])) for each in self.lendings]
        return ended(alternating(marks), self.ended_at)

    def refuse_work(self) -> None:
        """Refused('car_not_here'): nobody's clock runs for a car that has left (domain rules C7)."""
        if self.ended or self.lent_back:
            raise Refused("car_not_here", "The car is not here any more.", ro_id=self.id)

    def refuse_work_during(self, worked: Iterable[Stretch]) -> None:
        """Refused('car_not_here') for work at a time when the car had left, or its customer had it."""
        away = self.lent() + ([(self.ended_at, None)] if self.ended_at else [])
        if any(end > left and (back is None or begin < back) for begin, end in worked for left, back in away):
            raise Refused("car_not_here", "The car was not here then.", ro_id=self.id)

    @property
    def ended(self) -> bool:
        """Whether nothing is to be done on the car any more."""
        return self.ended_at is not None

    @property
    def ended_at(self) -> datetime | None:
        """When nothing was to be done on the car any more."""
        return min((at for at in (self.delivered_at, self.cancelled_at) if at is not None), default=None)
