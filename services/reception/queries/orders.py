"""Finding and reading repair orders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, not_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import (
    Authorisation,
    Customer,
    Invoice,
    LineProgress,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
)  # fmt: skip
from services.reception.queries.invoices import invoices_of
from shared import clock
from shared.database import ALL_STORES


def orders(
    *,
    store_id: str | None,
    state: str | None,
    plate: str | None,
    ro_no: str | None,
    waiting_too_long: bool | None = None,
    within: Sequence[str] = (ALL_STORES,),
) -> Select[RepairOrder]:
    """Repair orders that fit all given filters, of the stores `within`."""
    found = select(RepairOrder)
    if ALL_STORES not in within:
        found = found.where(RepairOrder.store_id.in_(within))
    if store_id is not None:
        found = found.where(RepairOrder.store_id == store_id)
    if state is not None:
        found = found.where(RepairOrder.state == state)
    if plate is not None:
        found = found.where(RepairOrder.vehicle_id.in_(select(Vehicle.id).where(Vehicle.plate == plate)))
    if ro_no is not None:
        found = found.where(RepairOrder.ro_no == ro_no)
    if waiting_too_long is not None:
        too_long = and_(
            RepairOrder.long_wait_at.is_not(None), RepairOrder.delivered_at.is_(None), RepairOrder.long_wait_at <= clock.now()
        )
        found = found.where(too_long if waiting_too_long else not_(too_long))
    return found


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
    steps: list[Step]

    def stage_of(self, line: RepairOrderLine) -> dict[str, Any]:
        """How far the line is: stage, eta_at, reworks."""
        heard = self.progress.get(line.id)
        if heard is None:
            return {"stage": None, "eta_at": None, "reworks": 0}
        return {"stage": heard.stage, "eta_at": heard.eta_at, "reworks": heard.reworks}


_STEPS = text("SELECT to_state AS state, at, actor FROM state_history WHERE subject_id = :subject ORDER BY seq")


async def order_file(ro_id: UUID, session: AsyncSession) -> OrderFile:
    """NoResultFound when there is no such order for the caller."""
    await session.flush()
    order = await session.get_one(RepairOrder, ro_id)
    lines = list(await session.scalars(RepairOrderLine.of_order(ro_id)))
    heard = await session.scalars(LineProgress.of_lines(line.id for line in lines))
    return OrderFile(
        order=order,
        customer=await session.get_one(Customer, order.customer_id),
        vehicle=await session.get_one(Vehicle, order.vehicle_id),
        lines=lines,
        progress={progress.id: progress for progress in heard},
        invoices=list(await invoices_of(ro_id, session)),
        authorisation=await session.scalar(select(Authorisation).where(Authorisation.ro_id == ro_id)),
        steps=[Step(**row) for row in (await session.execute(_STEPS, {"subject": ro_id})).mappings()],
    )
