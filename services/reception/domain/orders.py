"""The repair order: one aggregate from check-in to delivery."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import PayerChange, RepairOrderLine
from services.reception.domain.deliveries import Handover
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.invoices import Invoice, bill
from services.reception.domain.kinds import is_internal, refuse_payers
from services.reception.domain.lines import WORDING, PricedLine
from services.reception.domain.progress import LineProgress, refuse_unfinished, unfinished
from services.reception.domain.receiving import ReceivedCar
from services.reception.domain.tables import Base
from shared import clock
from shared.database import new_id
from shared.events.reception import PromiseChanged, VehicleCheckedIn, VehicleDelivered, WorkAuthorised
from shared.refusal import Invalid, Refused

LINES_AT_MOST = 1_000
"""More lines than any estimate has: those of a supplement stand behind those agreed before."""
WORKED_ON = ("authorised", "work_complete")
WAITED_FOR = text("long_wait_at IS NOT NULL AND delivered_at IS NULL")


class RepairOrder(ReceivedCar, Base):
    """A car's stay (工单).  A draft from check-in on; its number (`ro_no`) is given when the customer agrees."""

    __tablename__ = "repair_orders"
    __table_args__ = (
        Index("ix_repair_orders_store", "store_id", "id"),
        Index("ix_repair_orders_store_state", "store_id", "state", "id"),
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
            ("authorised", "work_complete"),
            ("work_complete", "authorised"),
            ("work_complete", "settled"),
            ("settled", "delivered"),
        }
    )

    order_kind: Mapped[str] = mapped_column(default="repair")
    """See `kinds`."""
    comeback_of: Mapped[UUID | None] = mapped_column(ForeignKey("repair_orders.id"))
    """The earlier visit for the same concern, when that was not long ago (see `comebacks`)."""
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
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
    appointment_id: Mapped[UUID | None]
    """The appointment whose hours the order uses; a walk-in has one that was inserted."""
    first_promised_at: Mapped[datetime | None]
    """What punctuality counts by: the promise at the first agreement."""
    ceiling_fen: Mapped[int | None]
    """What the work may cost in all without asking the customer again."""
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

    def propose(self, lines: Sequence[EstimateLine]) -> Estimate:
        """Put a new estimate in the place of the one before; possible until something is authorised.  Invalid: what
        `PricedLine.price` finds, `payer_not_internal`."""
        self.move("estimated")
        self.estimate_no += 1
        self.version += 1
        for line in lines:
            line.price()
        refuse_payers(self.order_kind, lines)
        return Estimate(
            id=new_id(),
            ro_id=self.id,
            store_id=self.store_id,
            number=self.estimate_no,
            made_at=clock.now(),
            total_fen=sum(line.amount_fen for line in lines),
            lines=list(lines),
        )

    def propose_supplement(self, lines: Sequence[EstimateLine], supplement_id: UUID) -> Estimate:
        """Put a price to additional work.  Refused('order_not_in_work') before the first agreement and after the bill."""
        self.only_orders_in_work_grow()
        self.estimate_no += 1
        self.version += 1
        for line in lines:
            line.price()
        refuse_payers(self.order_kind, lines)
        for line in lines:
            line.position += LINES_AT_MOST * self.estimate_no
        return Estimate(
            id=new_id(), ro_id=self.id, store_id=self.store_id, number=self.estimate_no, made_at=clock.now(),
            total_fen=sum(line.amount_fen for line in lines), lines=list(lines), supplement_id=supplement_id,
        )  # fmt: skip

    def only_orders_in_work_grow(self) -> None:
        """Refused('order_not_in_work'), or shrink."""
        if self.state not in WORKED_ON:
            raise Refused("order_not_in_work", "Work can be added or taken back between agreement and bill.", state=self.state)

    def exceeds(self, agreed: Sequence[RepairOrderLine], added_fen: int, manager_above_bp: int) -> bool:
        """Whether this much more than what is agreed takes a manager's word: above the customer's ceiling, or above the
        share of the first agreement that supplements may reach in all (C6)."""
        if self.ceiling_fen is not None and sum(line.amount_fen for line in agreed) + added_fen > self.ceiling_fen:
            return True
        first = sum(line.amount_fen for line in agreed if line.supplement_id is None)
        supplements = sum(line.amount_fen for line in agreed if line.supplement_id is not None) + added_fen
        return supplements * 10_000 > first * manager_above_bp

    def cancel_line(
        self, line_id: UUID, lines: Sequence[RepairOrderLine], progress: Mapping[UUID, LineProgress], because: str
    ) -> list[RepairOrderLine]:
        """The customer takes back the yes to a line and its parts; those that still hold.

        Invalid: `line_unknown`; Refused: `order_not_in_work`, `line_begun`, `last_line`."""
        self.only_orders_in_work_grow()
        taken = [line for line in lines if line_id in (line.id, line.labour_line_id)]
        if not any(line.id == line_id for line in taken):
            raise Invalid("path.line_id", "line_unknown", "The repair order has no such line.")
        begun = [line.id for line in taken if line.id in progress and progress[line.id].begun]
        if begun:
            raise Refused("line_begun", "Work on this line has begun, or its parts were issued.", ro_line_ids=begun)
        rest = [line for line in lines if line not in taken]
        if not any(line.kind == "labour" for line in rest):
            raise Refused("last_line", "The last job of an order cannot be taken back alone.")
        for line in taken:
            line.withdraw(because)
        return rest

    def change_promise(self, promised_at: datetime, reason_code: str) -> PromiseChanged:
        """Promise another time.  Refused: `nothing_promised`, `promise_unchanged`, `illegal_transition` after delivery;
        Invalid('promise_in_the_past')."""
        before = self.promised_at
        if self.state == "delivered":
            raise Refused("illegal_transition", "The car is gone.", state=self.state)
        if before is None:
            raise Refused("nothing_promised", "Nothing was promised yet; promise with the agreement.")
        if promised_at == before:
            raise Refused("promise_unchanged", "This is what was promised before.")
        self.promised_at = self._promise(promised_at)
        return PromiseChanged(
            about=self.next_version(self.id),
            promised_at=promised_at,
            previous_promised_at=before,
            first_promised_at=self.first_promised_at or before,
            reason_code=reason_code,
            changed_at=clock.now(),
        )

    def authorise(self, lines: Sequence[RepairOrderLine], ro_no: str, promised_at: datetime | None) -> WorkAuthorised:
        """The customer agreed to these lines of the newest estimate; the order gets its number.

        Refused: `already_authorised`; Invalid: `promise_missing`, `promise_in_the_past`."""
        self.refuse_a_second_agreement()
        promise = self._promise(promised_at or self.promised_at)
        self.move("authorised")
        self.ro_no, self.promised_at, self.first_promised_at = ro_no, promise, promise
        return self.authorised_work(lines)

    def refuse_a_second_agreement(self) -> None:
        """Refused('already_authorised'): more work comes as a supplement."""
        if self.state in WORKED_ON:  # the step back from complete work belongs to `follow`
            raise Refused("already_authorised", "The customer has agreed to this order's work already.")

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
            ceiling_fen=self.ceiling_fen,
            appointment_id=self.appointment_id,
            order_kind=self.order_kind,
        )

    def _promise(self, at: datetime | None) -> datetime:
        if at is None:
            raise Invalid("body.promised_at", "promise_missing", "Promise a time of delivery, now or at check-in.")
        if at < self.checked_in_at:
            raise Invalid("body.promised_at", "promise_in_the_past", "The promised time is before the check-in.")
        return at

    def agreement(self, lines: Sequence[PricedLine]) -> dict[str, Any]:
        """What is agreed: the lines, their sum, and when the car will be ready; see `digest_of`."""
        return {
            "ro_id": self.id,
            "store_id": self.store_id,
            "estimate_no": self.estimate_no,
            "promised_at": self.promised_at,
            "total_fen": sum(line.amount_fen for line in lines),
            "lines": [{"id": line.id} | {name: getattr(line, name) for name in WORDING} for line in lines],
        }

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
        unit_price_fen: int | None,
        reason_code: str,
    ) -> PayerChange:
        """Let others pay a line; until the bill is made.  Refused('already_settled'); Invalid as in `PricedLine.price`."""
        if self.state not in WORKED_ON:
            raise Refused("already_settled", "Payers of a bill are changed by credit notes only.", state=self.state)
        change = line.switch(payers, deductible_fen, unit_price_fen, reason_code)
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
        customer owes something that is not on account, `odometer_runs_backwards` when less than at check-in was read and
        nobody says why (domain rules C4)."""
        self.only_settled_cars_are_handed_over(invoices)
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
