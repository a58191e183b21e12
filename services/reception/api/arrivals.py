"""A car drives up: what is known of it at once, over HTTP."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Query

from services.reception.api.customers import READ_FILES, CustomerView, Name, PhoneTail
from services.reception.api.vehicles import VehicleView
from services.reception.domain import Vehicle
from services.reception.queries import arrivals as asked
from services.reception.queries.vehicles import vehicles
from shared.fields import PlateNo, StoreId, View, Vin
from shared.refusal import Invalid, Unknown
from shared.service import Door, Listing, Paged, allows, page_of

router = APIRouter(tags=["vehicles"])


class OpenOrderView(View):
    """An order of the car that is not ended."""

    id: UUID
    ro_no: str | None
    state: str
    checked_in_at: datetime


class ArrivalView(View):
    """Car and owner, the last reading, what is open here, and what to ask the customer for: `missing` was never written down,
    `stale` not confirmed for long."""

    vehicle: VehicleView
    customer: CustomerView
    last_odometer_km: int
    last_read_at: datetime | None
    returning: bool
    """Whether the car was at one of the group's stores before."""
    open_orders: list[OpenOrderView]
    open_complaint: bool
    missing: list[str]
    stale: list[str]
    file_due_on: date | None
    """Until when the file was to be complete after an earlier visit."""

    @classmethod
    def of(cls, found: asked.Arrival) -> Self:
        return cls(
            vehicle=VehicleView.of(found.vehicle),
            customer=CustomerView.of(found.customer),
            last_odometer_km=found.vehicle.odometer_km,
            last_read_at=found.vehicle.odometer_read_at,
            returning=found.vehicle.visits > 0,
            open_orders=[OpenOrderView.model_validate(order) for order in found.open_orders],
            open_complaint=found.open_complaint,
            missing=found.missing,
            stale=found.stale,
            file_due_on=found.incomplete.due_on if found.incomplete else None,
        )


@router.get("/arrivals", response_model=Listing[ArrivalView])
async def recognise(
    page: Paged,
    door: Annotated[Door, allows(READ_FILES)],
    store_id: Annotated[StoreId, Query(description="Where the car stands")],
    plate: Annotated[PlateNo | None, Query()] = None,
    vin: Annotated[Vin | None, Query()] = None,
    phone_tail: PhoneTail | None = None,
    name: Name | None = None,
) -> Listing[ArrivalView]:
    """Cars that fit what the advisor sees or is told; nothing: a first visit."""
    if plate is None and vin is None and phone_tail is None and name is None:
        raise Invalid("query.plate", "filter_missing", "Search by plate, vin, phone_tail or name.")
    if not door.may_touch(store_id):
        raise Unknown("store")
    async with door.reading() as session:
        found = vehicles(plate=plate, vin=vin, phone_tail=phone_tail, name=name)
        cars, following = await page_of(session, found, [Vehicle.id], page)
        known = await asked.arrivals(cars, store_id, session)
    return Listing(items=[ArrivalView.of(arrival) for arrival in known], next=following)
