"""Finding vehicles."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, func, literal_column, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Contact, Customer, RepairOrder, Vehicle, VehicleOwner
from services.reception.domain.owners import in_turn
from services.reception.domain.vehicles import VIN_TAIL


def vehicles(
    *,
    vin: str | None = None,
    plate: str | None = None,
    vin_tail: str | None = None,
    phone_tail: str | None = None,
    name: str | None = None,
    fleet: str | None = None,
    vip_level: int | None = None,
    customer_id: UUID | None = None,
) -> Select[Vehicle]:
    """Vehicles with this VIN, end of VIN and plate, whose owner, or one of whose owner's people, has this phone tail and
    beginning of a name, is of this fleet and level, or is this customer."""
    found = select(Vehicle)
    if vin is not None:
        found = found.where(Vehicle.vin == vin)
    if plate is not None:
        found = found.where(Vehicle.plate == plate)
    if vin_tail is not None:
        found = found.where(func.right(Vehicle.vin, literal_column(str(VIN_TAIL))) == vin_tail)
    if phone_tail is not None:
        found = found.where(Vehicle.customer_id.in_(with_phone_tail(phone_tail)))
    if name is not None:
        found = found.where(Vehicle.customer_id.in_(with_name(name)))
    if fleet is not None:
        found = found.where(Vehicle.customer_id.in_(select(Customer.id).where(Customer.fleet == fleet)))
    if vip_level is not None:
        found = found.where(Vehicle.customer_id.in_(select(Customer.id).where(Customer.vip_level == vip_level)))
    if customer_id is not None:
        found = found.where(Vehicle.customer_id == customer_id)
    return found


def with_phone_tail(tail: str) -> CompoundSelect[UUID]:
    """Ids of customers with this phone tail, their own or one of their people's; two indexes instead of one OR."""
    theirs = select(Contact.customer_id).where(Contact.phone_tail == tail, Contact.removed_at.is_(None))
    return union(select(Customer.id).where(Customer.phone_tail == tail), theirs)


def with_name(beginning: str) -> CompoundSelect[UUID]:
    """Ids of customers whose name, or one of whose people's names, begins so."""
    theirs = select(Contact.customer_id).where(
        Contact.name.startswith(beginning, autoescape=True), Contact.removed_at.is_(None)
    )
    return union(select(Customer.id).where(Customer.name.startswith(beginning, autoescape=True)), theirs)


async def vehicles_of(found: Sequence[RepairOrder], session: AsyncSession) -> dict[UUID, Vehicle]:
    """The orders' vehicles by id."""
    return await vehicles_by_id({order.vehicle_id for order in found}, session)


async def vehicles_by_id(ids: set[UUID], session: AsyncSession) -> dict[UUID, Vehicle]:
    """These vehicles by id."""
    rows = await session.scalars(select(Vehicle).where(Vehicle.id.in_(ids)))
    return {vehicle.id: vehicle for vehicle in rows}


async def owners_of(vehicle_id: UUID, session: AsyncSession) -> list[VehicleOwner]:
    """The car's owners, the present one first; NoResultFound when there is no such car."""
    await session.get_one(Vehicle, vehicle_id)
    return in_turn((await session.scalars(VehicleOwner.of_vehicle(vehicle_id))).all())[::-1]
