"""Reading the menu of packages, and what of it a car wants now."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Package, ReceptionPolicy, RepairOrder, Vehicle, VehicleVisit
from services.reception.domain.packages import Due, PackageTerms, menu_of
from services.reception.queries.prices import price_list_for
from shared import clock
from shared.settings import stores


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A package that is due, and what it costs for this car; None where the lists do not know it all."""

    due: Due
    price_fen: int | None


def packages(*, store_id: str | None, trade: str | None, model: str | None) -> Select[Package]:
    """Packages of the caller's stores and of the group, or only of this store ('all': of the group); for this trade, for this
    model."""
    found = select(Package)
    if store_id is not None:
        found = found.where(Package.store_id == store_id)
    if trade is not None:
        found = found.where(Package.trade == trade)
    if model is not None:
        found = found.where(or_(Package.models == [], Package.models.contains([model])))
    return found


async def due_for(ro_id: UUID, session: AsyncSession) -> list[Suggestion]:
    """What the store's menu suggests to the order's car.  NoResultFound when there is no such order for the caller."""
    order = await session.get_one(RepairOrder, ro_id)
    vehicle = await session.get_one(Vehicle, order.vehicle_id)
    terms = PackageTerms.under(await session.scalar(ReceptionPolicy.in_force(PackageTerms.NAME, order.store_id, clock.now())))
    menu = menu_of(await session.scalars(Package.of_store(order.store_id)))
    fitting = [package for package in menu.values() if package.fits(vehicle.model)]
    earlier = select(VehicleVisit).where(
        VehicleVisit.vehicle_id == vehicle.id, VehicleVisit.ro_id != ro_id, VehicleVisit.delivered_at.is_not(None)
    )
    visits = (await session.scalars(earlier.order_by(VehicleVisit.checked_in_at.desc()))).all()
    zone = stores()[order.store_id].time_zone
    dues = []
    for package in fitting:
        last = _last(package, visits)
        due = package.due(
            order.odometer_km, order.opened_on, since_km=last.odometer_km if last else None,
            since_on=clock.day_in(zone, last.checked_in_at) if last else None, new_on=vehicle.in_service_on, terms=terms,
        )  # fmt: skip
        dues += [due] if due else []
    prices = await price_list_for(order.store_id, vehicle.model, (c for due in dues for c in due.package.codes), session)
    return [Suggestion(due, due.package.price_by(prices)) for due in dues]


def _last(package: Package, visits: Iterable[VehicleVisit]) -> VehicleVisit | None:
    operations = {line["op_code"] for line in package.lines}
    return next((visit for visit in visits if operations <= {work["code"] for work in visit.work}), None)
