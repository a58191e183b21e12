"""The repair order: one aggregate from check-in to delivery."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import RepairOrderLine, digest_of
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.invoices import Invoice, bill
from services.reception.domain.lines import WORDING, PricedLine
from services.reception.domain.progress import LineProgress, refuse_unfinished, unfinished
from services.reception.domain.receiving import ReceivedCar
from services.reception.domain.tables import Base
from shared import clock
from shared.database import new_id
from shared.events.reception import VehicleCheckedIn, VehicleDelivered, WorkAuthorised
from shared.refusal import Invalid, Refused

WORKED_ON = ("authorised", "work_complete")
WAITED_FOR = text("long_wait_at IS NOT NULL AND delivered_at IS NULL")


class RepairOrder(ReceivedCar, Base):
    """A car's stay (工单).  A draft from check-in on; its number (`ro_no`) is given when the customer agrees."""

    __tablename__ = "repair_orders"
    __table_args__ = (
        Index("ix_repair_orders_store", "store_id", "id"),
        Index("ix_repair_orders_store_state", "store_id", "state", "id"),
        Index("ix_repair_orders_waiting", "store_id", "id", postgresql_where=WAITED_FOR),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("draft", "estimated"),
            ("estimated", "estimated"),
            ("estimated", "authorised"),
            ("authorised", "work_complete"),
            ("work_complete", "authorised"),
            ("work_complete", "settled"),
            ("settled", "delivered"),
        }
    )

    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"), index=True)
    advisor: Mapped[str]
    odometer_reset_reason: Mapped[str | None]
    fuel_bp: Mapped[int]
    belongings: Mapped[list[str]]
    damage_marks: Mapped[list[dict[str, Any]]]
    open_complaint: Mapped[bool] = mapped_column(default=False)
    """Whether the customer complained since the last visit."""
    checked_in_at: Mapped[datetime]
    opened_on: Mapped[date]
    """The check-in's day in the store's time zone."""
    promised_at: Mapped[datetime | None]
    estimate_no: Mapped[int] = mapped_column(default=0)
    """The newest estimate's number, 0 before the first."""
    ro_no: Mapped[str | None] = mapped_column(unique=True)
    total_fen: Mapped[int | None]
    delivered_at: Mapped[datetime | None]
    delivery_odometer_km: Mapped[int | None]
    """What was read when the key was handed over; None when nobody looked."""
    delivery_reset_reason: Mapped[str | None]
    """Why that is less than was read before."""
    handed_to: Mapped[str | None]

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"estimate_no": 0, "open_complaint": False, **fields})
        self.begin("draft")

    def check_in(self) -> VehicleCheckedIn:
        """The car is here.  Invalid('promise_in_the_past')."""
        if self.promised_at is not None:
            self._promise(self.promised_at)
        return VehicleCheckedIn(
            about=self.next_version(self.id),
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            advisor=self.advisor,
            odometer_km=self.odometer_km,
            fuel_bp=self.fuel_bp,
            damage_marks=len(self.damage_marks),
            checked_in_at=self.checked_in_at,
            promised_at=self.promised_at,
            waits=self.waits,
        )

    def propose(self, lines: Sequence[EstimateLine]) -> Estimate:
        """Put a new estimate in the place of the one before; possible until something is authorised."""
        self.move("estimated")
        self.estimate_no += 1
        self.version += 1
        for line in lines:
            line.price()
        return Estimate(
            id=new_id(),
            ro_id=self.id,
            store_id=self.store_id,
            number=self.estimate_no,
            made_at=clock.now(),
            total_fen=sum(line.amount_fen for line in lines),
            lines=list(lines),
        )

    def authorise(self, lines: Sequence[RepairOrderLine], ro_no: str, promised_at: datetime | None) -> WorkAuthorised:
        """The customer agreed to these lines of the newest estimate; the order gets its number.

        Refused: `already_authorised`; Invalid: `promise_missing`, `promise_in_the_past`."""
        if self.state in WORKED_ON:  # the step back from complete work belongs to `follow`
            raise Refused("already_authorised", "The customer has agreed to this order's work already.")
        promise = self._promise(promised_at or self.promised_at)
        self.move("authorised")
        self.ro_no, self.promised_at = ro_no, promise
        return self.authorised_work(lines)

    def authorised_work(self, lines: Sequence[RepairOrderLine]) -> WorkAuthorised:
        """Say the whole authorised work (anew, when it changed): these are all lines of the order that hold now, and their sum
        is its total.  Only for an order that has its number and promise."""
        if self.ro_no is None or self.promised_at is None:
            raise ValueError("an order without number or promise has no authorised work")
        self.total_fen = sum(line.amount_fen for line in lines)
        return WorkAuthorised(
            about=self.next_version(self.id),
            ro_no=self.ro_no,
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            opened_on=self.opened_on.isoformat(),
            odometer_km=self.odometer_km,
            promised_at=self.promised_at,
            lines=[line.told() for line in lines],
        )

    def _promise(self, at: datetime | None) -> datetime:
        if at is None:
            raise Invalid("body.promised_at", "promise_missing", "Promise a time of delivery, now or at check-in.")
        if at < self.checked_in_at:
            raise Invalid("body.promised_at", "promise_in_the_past", "The promised time is before the check-in.")
        return at

    def digest(self, lines: Sequence[PricedLine]) -> str:
        """SHA-256 (hex) of the canonical JSON of what is agreed: the lines, their sum, and when the car will be ready."""
        agreed = {
            "ro_id": self.id,
            "store_id": self.store_id,
            "estimate_no": self.estimate_no,
            "promised_at": self.promised_at,
            "total_fen": sum(line.amount_fen for line in lines),
            "lines": [{"id": line.id} | {name: getattr(line, name) for name in WORDING} for line in lines],
        }
        return digest_of(agreed)

    def follow(self, lines: Sequence[RepairOrderLine], progress: Mapping[UUID, LineProgress]) -> None:
        """The work is complete with the last job and part, and is not when something newer was heard, until there is a bill."""
        if self.state in WORKED_ON:
            state = "authorised" if unfinished(lines, progress) else "work_complete"
            if state != self.state:
                self.move(state)
                self.version += 1

    def settle(self, lines: Sequence[RepairOrderLine], progress: Mapping[UUID, LineProgress]) -> list[Invoice]:
        """One invoice per payer, whose sum is the order's total.  Refused: `lines_not_finished`, `parts_not_issued`."""
        if self.state in WORKED_ON:
            refuse_unfinished(lines, progress)
        self.move("settled")
        self.version += 1
        invoices = bill(self.id, self.store_id, lines)
        if sum(invoice.amount_fen for invoice in invoices) != self.total_fen:
            raise ValueError("the invoices do not add up to the repair order's total")
        return invoices

    def deliver(
        self,
        lines: Sequence[RepairOrderLine],
        invoices: Sequence[Invoice],
        odometer_km: int | None,
        handed_to: str | None,
        reset_reason: str | None = None,
    ) -> VehicleDelivered:
        """Hand the key over.  Refused: `invoice_open` while the customer owes something that is not on account,
        `odometer_runs_backwards` when less than at check-in was read and nobody says why."""
        owed = sum(invoice.due_fen for invoice in invoices if invoice.payer == "customer")
        if owed:
            raise Refused("invoice_open", "The customer's invoice is neither paid nor on account.", open_fen=owed)
        if odometer_km is not None and odometer_km < self.odometer_km and reset_reason is None:
            raise Refused(
                "odometer_runs_backwards",
                "The odometer showed more at check-in; say why it shows less now.",
                last_km=self.odometer_km,
                read_km=odometer_km,
            )
        self.move("delivered")
        self.delivered_at, self.handed_to = clock.now(), handed_to
        self.delivery_odometer_km, self.delivery_reset_reason = odometer_km, reset_reason
        return VehicleDelivered(
            about=self.next_version(self.id),
            ro_no=self.ro_no or "",
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            odometer_km=self.odometer_km if odometer_km is None else odometer_km,
            delivered_at=self.delivered_at,
            survey_excluded=all(line.paid_only_by("internal") for line in lines),
        )
