"""Reading repair orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import (
    Authorisation,
    Customer,
    Deposit,
    Invoice,
    LineDecision,
    LineProgress,
    PayerChange,
    PromiseRisk,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)  # fmt: skip
from services.reception.queries.invoices import deposits_of, invoices_of, payer_changes_of
from services.reception.queries.notes import unread_notes
from services.reception.queries.order_lists import other_open_orders
from services.reception.queries.promises import risk_of
from services.reception.queries.rescues import call_of
from services.reception.queries.supplements import decisions_of


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of an order's history."""

    state: str
    at: datetime
    actor: str


@dataclass(frozen=True, slots=True)
class OrderFile:
    """Everything that is known of one repair order."""

    order: RepairOrder
    customer: Customer
    vehicle: Vehicle
    lines: list[RepairOrderLine]
    progress: dict[UUID, LineProgress]
    invoices: list[Invoice]
    authorisation: Authorisation | None
    deposits: list[Deposit]
    payer_changes: list[PayerChange]
    decisions: list[LineDecision]
    steps: list[Step]
    other_open_orders: Sequence[RepairOrder]
    rescue_call_id: UUID | None
    promise_risk: PromiseRisk | None
    unread_notes: int

    def stage_of(self, line: RepairOrderLine) -> dict[str, Any]:
        """How far the line is: stage, eta_at, reworks."""
        heard = self.progress.get(line.id)
        if heard is None or line.completed_at is not None:
            reworks = heard.reworks if heard else 0
            return {"stage": "completed" if line.completed_at else None, "eta_at": None, "reworks": reworks}
        return {"stage": heard.stage, "eta_at": heard.eta_at, "reworks": heard.reworks}


_STEPS = text("SELECT to_state AS state, at, actor FROM state_history WHERE subject_id = :subject ORDER BY seq")


async def order_file(ro_id: UUID, session: AsyncSession) -> OrderFile:
    """NoResultFound when there is no such order for the caller."""
    await session.flush()
    order = await session.get_one(RepairOrder, ro_id)
    lines = list(await session.scalars(RepairOrderLine.ever_of_order(ro_id)))
    heard = await session.scalars(LineProgress.of_lines(line.id for line in lines))
    return OrderFile(
        order=order,
        customer=await session.get_one(Customer, order.customer_id),
        vehicle=await session.get_one(Vehicle, order.vehicle_id),
        lines=lines,
        progress={progress.id: progress for progress in heard},
        invoices=list(await invoices_of(ro_id, session)),
        authorisation=await session.scalar(
            select(Authorisation).where(Authorisation.ro_id == ro_id).order_by(Authorisation.id).limit(1)
        ),
        deposits=list(await deposits_of(ro_id, session)),
        payer_changes=list(await payer_changes_of(ro_id, session)),
        decisions=list(await decisions_of(ro_id, session)),
        steps=[Step(**row) for row in (await session.execute(_STEPS, {"subject": ro_id})).mappings()],
        other_open_orders=await other_open_orders(order, session),
        rescue_call_id=await call_of(order, session),
        promise_risk=await risk_of(ro_id, session),
        unread_notes=await unread_notes(ro_id, session),
    )
