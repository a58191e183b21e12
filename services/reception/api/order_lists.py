"""Lists of repair orders over HTTP."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.api.customers import READ_FILES, sees_persons
from services.reception.api.orders import OrderHead, State
from services.reception.commands.orders import OrderKind
from services.reception.domain import RepairOrder, Vehicle
from services.reception.queries import order_lists as asked
from services.reception.queries.vehicles import vehicles_of
from shared.fields import Day, Id, Moment, PlateNo, ShortText, StoreId, Vin
from shared.permissions import NotAllowed, stores_for
from shared.refusal import Invalid
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["repair orders"])

RoNo = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,10}-[0-9]{8}-[0-9]{4,9}$")]
PhoneTail = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$")]


class OrdersWanted(BaseModel):
    """Which orders a list shows: those that fit everything that is given.  Days are the stores' own, both included."""

    model_config = ConfigDict(frozen=True)
    store_id: StoreId | None = None
    state: State | None = None
    order_kind: OrderKind | None = None
    advisor: ShortText | None = None
    plate: PlateNo | None = None
    vin: Vin | None = None
    phone_tail: PhoneTail | None = None
    ro_no: RoNo | None = None
    customer_id: Id | None = None
    vehicle_id: Id | None = None
    opened_from: Day | None = None
    opened_until: Day | None = None
    promised_before: Moment | None = None
    waiting_too_long: bool | None = None
    spent_though_cancelled: bool | None = None
    at_risk: bool | None = None
    """Whether the workshop has said of their promise that it will hardly be kept."""

    @property
    def by_person(self) -> bool:
        """Whether the answer would tell whose car it is."""
        return any(wanted is not None for wanted in (self.plate, self.vin, self.phone_tail))


def refuse_backwards(first: date | None, last: date | None, field: str) -> None:
    """Invalid('range_backwards') where the last day is before the first."""
    if first is not None and last is not None and last < first:
        raise Invalid(field, "range_backwards", "The last day is before the first.")


@router.get("/repair-orders", response_model=Listing[OrderHead])
async def find_orders(
    page: Paged, wanted: Annotated[OrdersWanted, Query()], door: Annotated[Door, allows("reception.read")]
) -> Listing[OrderHead]:
    """Newest first; by time of promise, the latest first, when asked by it.  To ask by plate, VIN or phone takes the right to
    see them, and finds what stands where the caller has it."""
    refuse_backwards(wanted.opened_from, wanted.opened_until, "query.opened_until")
    within = _stores_that_show_persons(door, wanted.store_id) if wanted.by_person else door.stores
    found, keys = asked.orders(within=within, **wanted.model_dump())
    async with door.reading() as session:
        rows, following = await page_of(session, found, keys, page)
        items = await _heads(rows, door, session)
    return Listing(items=items, next=following)


@router.get("/vehicles/{vehicle_id}/open-orders", response_model=Listing[OrderHead])
async def find_open_orders(vehicle_id: Id, page: Paged, door: Annotated[Door, allows("reception.read")]) -> Listing[OrderHead]:
    """What the car is here for, in the caller's stores: orders that are neither delivered nor called off, newest first."""
    async with door.reading() as session:
        await session.get_one(Vehicle, vehicle_id)
        rows, following = await page_of(session, asked.open_orders(vehicle_id), [RepairOrder.id], page)
        items = await _heads(rows, door, session)
    return Listing(items=items, next=following)


async def _heads(rows: Sequence[RepairOrder], door: Door, session: AsyncSession) -> list[OrderHead]:
    vehicles = await vehicles_of(rows, session)
    heads = [OrderHead.model_validate(row) for row in rows]
    plates = [vehicles[head.vehicle_id].plate if sees_persons(door, head.store_id) else None for head in heads]
    return [head.model_copy(update={"plate": plate}) for head, plate in zip(heads, plates, strict=True)]


def _stores_that_show_persons(door: Door, store_id: str | None) -> tuple[str, ...]:
    if store_id is not None and not sees_persons(door, store_id):
        raise NotAllowed(READ_FILES)
    return stores_for(door.caller, READ_FILES)
