"""What the advisor knows at once of a car that drives up."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Customer, FileTerms, IncompleteFile, RepairOrder, Vehicle
from services.reception.domain.files import missing, stale
from services.reception.domain.receiving import ENDED
from services.reception.queries.brought_forward import untold_complaint
from services.reception.queries.customers import customers_of
from services.reception.queries.files import file_terms


@dataclass(frozen=True, slots=True)
class Arrival:
    """A car with its owner, what is open of it in the store, and what its file lacks."""

    vehicle: Vehicle
    customer: Customer
    open_orders: list[RepairOrder]
    open_complaint: bool
    incomplete: IncompleteFile | None
    missing: list[str]
    stale: list[str]


async def arrivals(cars: Sequence[Vehicle], store_id: str, session: AsyncSession) -> list[Arrival]:
    """These cars as they arrive at the store."""
    terms = await file_terms(store_id, session)
    owners = await customers_of({car.customer_id for car in cars}, session)
    return [await _arrival(car, owners[car.customer_id], store_id, terms, session) for car in cars]


async def _arrival(car: Vehicle, owner: Customer, store_id: str, terms: FileTerms, session: AsyncSession) -> Arrival:
    here = select(RepairOrder).where(
        RepairOrder.vehicle_id == car.id, RepairOrder.store_id == store_id, RepairOrder.state.not_in(ENDED)
    )
    open_file = IncompleteFile.still_open(customer_id=owner.id, vehicle_id=car.id).limit(1)
    return Arrival(
        vehicle=car,
        customer=owner,
        open_orders=list(await session.scalars(here.order_by(RepairOrder.id))),
        open_complaint=await untold_complaint(owner.id, session),
        incomplete=await session.scalar(open_file),
        missing=list(missing(owner, car, terms)),
        stale=stale(owner, car, terms),
    )
