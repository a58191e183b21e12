"""What is agreed about a repair order: estimates, the customer's yes, the promised time, and how both change while the work
goes on."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.authorisations import RepairOrderLine
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.kinds import refuse_payers
from services.reception.domain.lines import PricedLine
from services.reception.domain.progress import LineProgress
from services.reception.domain.receiving import ENDED, OPEN, ReceivedCar
from shared import clock
from shared.database import new_id
from shared.events.reception import PromiseChanged, RepairOrderCancelled, WorkAuthorised
from shared.refusal import Invalid, Refused

LINES_AT_MOST = 1_000
"""More lines than any estimate has: those of a supplement stand behind those agreed before."""
WORKED_ON = ("authorised", "work_complete")


class AgreedWork(ReceivedCar):
    """The part of a repair order on which the house and its customer agree."""

    comeback_of: Mapped[UUID | None] = mapped_column(ForeignKey("repair_orders.id"))
    """The earlier visit for the same concern, when that was not long ago (see `comebacks`)."""
    customer_id: Mapped[UUID] = mapped_column(ForeignKey("customers.id"))
    checked_in_at: Mapped[datetime]
    opened_on: Mapped[date]
    """The check-in's day in the store's time zone."""
    promised_at: Mapped[datetime | None]
    estimate_no: Mapped[int] = mapped_column(default=0)
    """The newest estimate's number, 0 before the first."""
    ro_no: Mapped[str | None] = mapped_column(unique=True)
    total_fen: Mapped[int | None]
    appointment_id: Mapped[UUID | None]
    """The appointment whose hours the order uses; a walk-in has one that was inserted."""
    first_promised_at: Mapped[datetime | None]
    """What punctuality counts by: the promise at the first agreement."""
    ceiling_fen: Mapped[int | None]
    """What the work may cost in all without asking the customer again."""
    lent_at: Mapped[datetime | None]
    """Since when the customer has the car while its work waits; None: it is here, or the order has ended."""
    member_tier: Mapped[str | None]
    """Of the customer's membership when the car came."""

    def propose(self, lines: Sequence[EstimateLine]) -> Estimate:
        """Put a new estimate in the place of the one before; possible until something is authorised.  Invalid: what
        `PricedLine.price` finds, `payer_not_internal`."""
        self.move("estimated")
        return self._estimate(lines)

    def propose_supplement(self, lines: Sequence[EstimateLine], supplement_id: UUID) -> Estimate:
        """Put a price to additional work.  Refused('order_not_in_work') before the first agreement and after the bill."""
        self.only_orders_in_work_grow()
        estimate = self._estimate(lines, supplement_id)
        for line in lines:
            line.position += LINES_AT_MOST * self.estimate_no
        return estimate

    def _estimate(self, lines: Sequence[EstimateLine], supplement_id: UUID | None = None) -> Estimate:
        self.estimate_no += 1
        self.version += 1
        for line in lines:
            line.price()
        refuse_payers(self.order_kind, lines)
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
        self.refuse_begun(taken, progress)
        rest = [line for line in lines if line not in taken]
        if not any(line.kind != "part" for line in rest):
            raise Refused("last_line", "The last job of an order cannot be taken back alone.")
        for line in taken:
            line.withdraw(because)
        return rest

    def complete_service(
        self, line_id: UUID, lines: Sequence[RepairOrderLine], told: Mapping[str, Any]
    ) -> tuple[RepairOrderLine, WorkAuthorised]:
        """Work of another firm, or paperwork, is done; who follows the order hears of it.

        Invalid: `line_unknown`, `cost_not_of_this`; Refused: `order_not_in_work`, `not_a_service`, `service_completed`."""
        self.only_orders_in_work_grow()
        line = next((line for line in lines if line.id == line_id), None)
        if line is None:
            raise Invalid("path.line_id", "line_unknown", "The repair order has no such line.")
        line.complete(**told)
        return line, self.authorised_work(lines)

    def refuse_begun(self, lines: Sequence[RepairOrderLine], progress: Mapping[UUID, LineProgress]) -> None:
        """Refused: `line_begun`."""
        begun = [line.id for line in lines if line.completed_at or (line.id in progress and progress[line.id].begun)]
        if begun:
            raise Refused("line_begun", "Work on this line has begun, or its parts were issued.", ro_line_ids=begun)

    def cancel(
        self, lines: Sequence[RepairOrderLine], progress: Mapping[UUID, LineProgress], deposits_fen: int, because: str
    ) -> tuple[RepairOrderCancelled, WorkAuthorised | None]:
        """The car goes home without the work; what there is to say, the second of work that was agreed.

        Refused: `illegal_transition` once the work is complete, `line_begun` (take the other lines back and settle what was
        done), `deposit_held` while money of the customer's is here (C3)."""
        if self.state not in (*OPEN, "authorised"):
            raise Refused("illegal_transition", "This step is not possible now.", state=self.state, wanted="cancelled")
        self.refuse_begun(lines, progress)
        if deposits_fen:
            raise Refused("deposit_held", "Give the deposit back first.", left_fen=deposits_fen)
        self.move("cancelled")
        self.waits, self.long_wait_at, self.lent_at = False, None, None
        for line in lines:
            line.withdraw(because)
        said = RepairOrderCancelled(
            about=self.next_version(self.id),
            ro_no=self.ro_no,
            vehicle_id=self.vehicle_id,
            customer_id=self.customer_id,
            order_kind=self.order_kind,
            reason_code=because,
            cancelled_at=clock.now(),
        )
        return said, None if self.ro_no is None else self.authorised_work([])

    def change_promise(self, promised_at: datetime, reason_code: str) -> PromiseChanged:
        """Promise another time.  Refused: `nothing_promised`, `promise_unchanged`, `illegal_transition` after delivery;
        Invalid('promise_in_the_past')."""
        before = self.promised_at
        if self.state in ENDED:
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
            lines=[line.told() for line in lines if not line.is_service],
            services=[line.told_service() for line in lines if line.is_service],
            ceiling_fen=self.ceiling_fen,
            appointment_id=self.appointment_id,
            order_kind=self.order_kind,
            customer_waits=self.waits,
            priority="urgent" if self.comeback_of is not None or self.order_kind == "rescue" else "normal",
            first_promised_at=self.first_promised_at or self.promised_at,
            member_tier=self.member_tier,
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
            "lines": [{"id": line.id} | line.wording() for line in lines],
        }
