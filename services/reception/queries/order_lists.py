"""Finding repair orders.  Every list reads its page from an index and not much more, however many orders there are."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, not_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.reception.domain import Customer, RepairOrder, Vehicle
from services.reception.domain.receiving import ENDED
from services.reception.queries import promises
from shared import clock
from shared.database import ALL_STORES

MOST_OTHERS = 20
"""As many other open orders of a car are shown."""


def orders(
    *,
    within: Sequence[str] = (ALL_STORES,),
    store_id: str | None = None,
    state: str | None = None,
    order_kind: str | None = None,
    advisor: str | None = None,
    plate: str | None = None,
    vin: str | None = None,
    phone_tail: str | None = None,
    ro_no: str | None = None,
    customer_id: UUID | None = None,
    vehicle_id: UUID | None = None,
    opened_from: date | None = None,
    opened_until: date | None = None,
    promised_before: datetime | None = None,
    waiting_too_long: bool | None = None,
    spent_though_cancelled: bool | None = None,
    at_risk: bool | None = None,
) -> tuple[Select[RepairOrder], list[InstrumentedAttribute[Any]]]:
    """Repair orders that fit all given filters, of the stores `within`; and the keys by which they are paged: what a range is
    asked of stands first, so that the index of the range is the order of the list."""
    same: dict[InstrumentedAttribute[Any], Any] = {
        RepairOrder.store_id: store_id,
        RepairOrder.state: state,
        RepairOrder.order_kind: order_kind,
        RepairOrder.advisor: advisor,
        RepairOrder.ro_no: ro_no,
        RepairOrder.vehicle_id: vehicle_id,
    }
    wanted: list[ColumnElement[bool]] = [column == value for column, value in same.items() if value is not None]
    if ALL_STORES not in within and store_id not in within:
        wanted.append(RepairOrder.store_id.in_(within))
    if plate is not None:
        wanted.append(RepairOrder.vehicle_id.in_(select(Vehicle.id).where(Vehicle.plate == plate)))
    if vin is not None:
        wanted.append(RepairOrder.vehicle_id.in_(select(Vehicle.id).where(Vehicle.vin == vin)))
    if customer_id is not None:  # what was signed under a file that was given up is the customer's, too
        wanted.append(RepairOrder.customer_id.in_(Customer.same_file(customer_id)))
    if phone_tail is not None:
        wanted.append(RepairOrder.customer_id.in_(select(Customer.id).where(Customer.phone_tail == phone_tail)))
    if opened_from is not None:
        wanted.append(RepairOrder.opened_on >= opened_from)
    if opened_until is not None:
        wanted.append(RepairOrder.opened_on <= opened_until)
    if promised_before is not None:
        wanted.append(RepairOrder.promised_at < promised_before)
    if waiting_too_long is not None:
        too_long = and_(
            RepairOrder.long_wait_at.is_not(None),
            RepairOrder.delivered_at.is_(None),
            RepairOrder.state.not_in(ENDED),
            RepairOrder.long_wait_at <= clock.now(),
        )
        wanted.append(too_long if waiting_too_long else not_(too_long))
    if spent_though_cancelled is not None:
        wanted.append(RepairOrder.spent_at.is_not(None) if spent_though_cancelled else RepairOrder.spent_at.is_(None))
    if at_risk is not None:
        wanted.append(promises.at_risk() if at_risk else not_(promises.at_risk()))
    keys: list[InstrumentedAttribute[Any]] = [RepairOrder.id]
    if promised_before is not None:
        keys.insert(0, RepairOrder.promised_at)
    elif opened_from is not None or opened_until is not None:
        keys.insert(0, RepairOrder.opened_on)
    return select(RepairOrder).where(*wanted), keys


def open_orders(vehicle_id: UUID) -> Select[RepairOrder]:
    """Orders of this car that are not ended."""
    return select(RepairOrder).where(RepairOrder.vehicle_id == vehicle_id, RepairOrder.state.not_in(ENDED))


async def other_open_orders(order: RepairOrder, session: AsyncSession) -> Sequence[RepairOrder]:
    """The newest other orders of the same car, in the caller's stores, that are not ended."""
    others = open_orders(order.vehicle_id).where(RepairOrder.id != order.id).order_by(RepairOrder.id.desc()).limit(MOST_OTHERS)
    return (await session.scalars(others)).all()
