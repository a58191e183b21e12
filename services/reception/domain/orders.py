"""The repair order: one aggregate from check-in to delivery."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.agreeing import WORKED_ON
from services.reception.domain.authorisations import PayerChange, RepairOrderLine
from services.reception.domain.deliveries import Handover
from services.reception.domain.invoices import Invoice, bill
from services.reception.domain.kinds import is_internal, refuse_payers
from services.reception.domain.lendings import LentCar
from services.reception.domain.progress import LineProgress, refuse_unfinished, unfinished
from services.reception.domain.tables import Base
from shared import clock
from shared.events.reception import VehicleCheckedIn, VehicleDelivered
from shared.refusal import Refused

SPENT = text("spent_at IS NOT NULL")
WAITED_FOR = text("long_wait_at IS NOT NULL AND delivered_at IS NULL")


class RepairOrder(LentCar, Base):
    """A car's stay (工单).  A draft from check-in on; its number (`ro_no`) is given when the customer agrees."""

    __tablename__ = "repair_orders"
    __table_args__ = (
        Index("ix_repair_orders_store", "store_id", "id"),
        Index("ix_repair_orders_store_state", "store_id", "state", "id"),
        Index("ix_repair_orders_spent", "store_id", "id", postgresql_where=SPENT),
        Index("ix_repair_orders_waiting", "store_id", "id", postgresql_where=WAITED_FOR),
        Index("ix_repair_orders_store_advisor", "store_id", "advisor", "id"),
        Index("ix_repair_orders_store_kind", "store_id", "order_kind", "id"),
        Index("ix_repair_orders_store_opened_on", "store_id", "opened_on", "id"),
        Index("ix_repair_orders_store_promised_at", "store_id", "promised_at", "id"),
        Index("ix_repair_orders_vehicle_id", "vehicle_id", "id"),
        Index("ix_repair_orders_customer_id", "customer_id", "id"),
        CheckConstraint(
            "order_kind IN ('repair', 'maintenance', 'accident', 'rescue', 'warranty',"
            " 'pdi', 'first_maintenance', 'reconditioning')",
            name="order_kind",
        ),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {
            ("draft", "estimated"),
            ("estimated", "estimated"),
            ("estimated", "authorised"),
            ("draft", "cancelled"),
            ("estimated", "cancelled"),
            ("authorised", "cancelled"),
            ("authorised", "work_complete"),
            ("work_complete", "authorised"),
            ("work_complete", "settled"),
            ("settled", "delivered"),
        }
    )

    spent_at: Mapped[datetime | None]
    """When it was heard that work was done, or parts were issued, for an order that had been called off: somebody must see to
    it, the parts go back, the work is billed by an order of its own."""
    advisor: Mapped[str]
    odometer_reset_reason: Mapped[str | None]
    fuel_bp: Mapped[int]
    belongings: Mapped[list[str]]
    damage_marks: Mapped[list[dict[str, Any]]]
    open_complaint: Mapped[bool] = mapped_column(default=False)
    """Whether the customer complained since the last visit."""
    delivered_at: Mapped[datetime | None]
    delivery_odometer_km: Mapped[int | None]
    """What was read when the key was handed over; None when nobody looked."""
    delivery_reset_reason: Mapped[str | None]
    """Why that is less than was read before."""
    handed_to: Mapped[str | None]
    settlement_signed_at: Mapped[datetime | None]
    """From then on nothing of the settlement changes but by credit note."""
    handover: Mapped[dict[str, Any] | None]
    """How the key was handed over: who fetched the car as what, old parts, washed, covers, next service."""

    def __init__(self, **fields: Any) -> None:
        super().__init__(**{"estimate_no": 0, "open_complaint": False, "order_kind": "repair", **fields})
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
            appointment_id=self.appointment_id,
            order_kind=self.order_kind,
        )

    def note_spending(self, line: LineProgress) -> None:
        """What was called off had been begun, as is heard only now."""
        if self.state == "cancelled" and line.finished and self.spent_at is None:
            self.spent_at = clock.now()
            self.version += 1

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
        invoices = bill(self.id, self.store_id, lines, self.customer_id)
        if sum(invoice.amount_fen for invoice in invoices) != self.total_fen:
            raise ValueError("the invoices do not add up to the repair order's total")
        return invoices

    def switch_payers(
        self,
        line: RepairOrderLine,
        payers: list[dict[str, Any]],
        deductible_fen: int,
        price: Mapping[str, Any],
        reason_code: str,
    ) -> PayerChange:
        """Let others pay a line; until the bill is made.  Refused('already_settled'); Invalid as in `PricedLine.price`."""
        if self.state not in WORKED_ON:
            raise Refused("already_settled", "Payers of a bill are changed by credit notes only.", state=self.state)
        change = line.switch(payers, deductible_fen, price, reason_code)
        refuse_payers(self.order_kind, [line])
        return change

    def sign_settlement(self) -> None:
        """The customer signed the bill.  Refused: `not_settled`, `settlement_signed` when that happened before."""
        if self.state != "settled":
            raise Refused("not_settled", "There is no bill to sign.", state=self.state)
        if self.settlement_signed_at is not None:
            raise Refused("settlement_signed", "The bill was signed before.")
        self.settlement_signed_at = clock.now()
        self.version += 1

    def bill_again(self) -> None:
        """The customer is billed for what was not on the signed sheet: it is signed anew before the key is handed over."""
        if self.state == "settled" and self.settlement_signed_at is not None:
            self.settlement_signed_at = None
            self.version += 1

    def deliver(
        self,
        lines: Sequence[RepairOrderLine],
        invoices: Sequence[Invoice],
        odometer_km: int | None,
        handover: Handover,
        reset_reason: str | None = None,
    ) -> VehicleDelivered:
        """Hand the key over.  Refused: `settlement_not_signed` for a bill that the customer pays, `invoice_open` while the
        customer owes something that is not on account, `car_lent_back`, `odometer_runs_backwards` when less than at check-in
        was read and nobody says why (domain rules C4)."""
        self.only_settled_cars_are_handed_over(invoices)
        self.refuse_lent_back()
        if odometer_km is not None and odometer_km < self.odometer_km and reset_reason is None:
            raise Refused(
                "odometer_runs_backwards",
                "The odometer showed more at check-in; say why it shows less now.",
                last_km=self.odometer_km,
                read_km=odometer_km,
            )
        self.move("delivered")
        self.delivered_at, self.handed_to, self.handover = clock.now(), handover.handed_to, handover.kept()
        self.delivery_odometer_km, self.delivery_reset_reason = odometer_km, reset_reason
        return VehicleDelivered(
            about=self.next_version(self.id),
            ro_no=self.ro_no or "",
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            odometer_km=self.odometer_km if odometer_km is None else odometer_km,
            delivered_at=self.delivered_at,
            next_service_on=handover.next_service_on.isoformat() if handover.next_service_on else None,
            next_service_km=handover.next_service_km,
            survey_excluded=is_internal(self.order_kind) or all(line.paid_only_by("internal") for line in lines),
            order_kind=self.order_kind,
        )

    def only_settled_cars_are_handed_over(self, invoices: Sequence[Invoice]) -> None:
        """Refused: `illegal_transition`, `settlement_not_signed`, `invoice_open`."""
        if self.state != "settled":
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="delivered")
        if self.settlement_signed_at is None and any(invoice.payer == "customer" for invoice in invoices):
            raise Refused("settlement_not_signed", "The customer has not signed the bill.")
        owed = sum(invoice.due_fen for invoice in invoices if invoice.payer == "customer")
        if owed:
            raise Refused("invoice_open", "The customer's invoice is neither paid nor on account.", open_fen=owed)
