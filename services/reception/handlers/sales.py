"""Opening files for cars that the sales system sold: customer, car, begin of the warranty, first maintenance."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Contact, Customer, MaintenanceTerms, Vehicle, VehicleOwner, VehicleSale
from services.reception.domain.consents import SERVICE_CALLS
from services.reception.domain.contacts import digits_of, tail_of
from services.reception.domain.owners import in_turn
from services.reception.domain.sales import newest
from services.reception.handlers.consents import agreed_by, note_consent
from services.reception.handlers.files import complete_files
from services.reception.handlers.owners import owners_of
from services.reception.handlers.vehicles import alone_with
from shared import clock
from shared.database import new_id
from shared.events.sales import VehicleSold
from shared.outbox import announce
from shared.policies import terms_in_force
from shared.refusal import Refused
from shared.settings import stores

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('reception buyer'), hashtext(:phone))")


async def keep_sale(event: VehicleSold, session: AsyncSession) -> None:
    """A car was sold: its file and its buyer's are opened or followed.  Refused: `store_unknown`, `sale_of_another_car`,
    `vin_check_digit`.

    The newest word on each sale counts, and of a car's sales the newest; whatever the counter wrote down after the day of a
    sale goes before it.  So a repeated or late sale changes nothing but the car's history."""
    if event.about.store_id not in stores():
        raise Refused("store_unknown", "There is no such store.")
    sale = await session.get_one(VehicleSale, event.about.subject)
    if not sale.tell(event, stores()[event.about.store_id].time_zone):
        return
    await alone_with(sale.vin, session)
    vehicle = await session.scalar(select(Vehicle).where(Vehicle.vin == sale.vin).with_for_update())
    buyer = await _buyer(sale, event, session)
    before = _opened(vehicle)
    if vehicle is None:
        vehicle = await _open_file(sale, buyer, session)
    sales = {*await session.scalars(VehicleSale.of_car(sale.vin)), sale}
    _take_over(vehicle, newest(sales), session)
    owner = await _note_owner(vehicle, sale, buyer, session)
    if owner.customer_id != vehicle.customer_id:
        announce(session, vehicle.belong_to(owner.customer_id, clock.now()))
    due = await _first_maintenance(sales, session)
    if due is not None and before != (vehicle.customer_id, vehicle.in_service_on, *due):
        announce(session, vehicle.expect_first_maintenance(*due))
    await complete_files(session, vehicle_id=vehicle.id)


async def _first_maintenance(sales: Iterable[VehicleSale], session: AsyncSession) -> tuple[date, int] | None:
    """Until when and until which reading it is due, by the newest of the car's sales in which the car was new."""
    found: dict[VehicleSale, tuple[date, int]] = {}
    for sale in sales:
        terms = await terms_in_force(MaintenanceTerms, sale.store_id, session, sale.holds_from_at)
        if (on := sale.first_maintenance_on(terms)) >= sale.sold_on:
            found[sale] = on, terms.first_after_km
    return found[newest(found)] if found else None


def _opened(vehicle: Vehicle | None) -> tuple[object, ...]:
    """What was said when the car's file was opened."""
    if vehicle is None:
        return ()
    return vehicle.customer_id, vehicle.in_service_on, vehicle.first_maintenance_on, vehicle.first_maintenance_km


async def _buyer(sale: VehicleSale, event: VehicleSold, session: AsyncSession) -> UUID:
    """The buyer's file: found by phone and name, else opened.  A known file stays as it is."""
    if sale.customer_id is not None:
        await _correct(sale.customer_id, sale, event, session)
    else:
        await session.execute(_ONE_AT_A_TIME, {"phone": digits_of(event.phone)})
        known = await _known(event, session)
        sale.customer_id = known or await _register(sale, event, session)
    survivor = await session.scalar(Customer.survivor_of(sale.customer_id))
    return survivor or sale.customer_id


async def _known(event: VehicleSold, session: AsyncSession) -> UUID | None:
    """The oldest file with this name and phone, however the number is written."""
    alike = select(Customer).where(
        Customer.phone_tail == tail_of(event.phone), Customer.name == event.name, Customer.kind == event.kind
    )
    for customer in await session.scalars(alike.order_by(Customer.id)):
        if digits_of(customer.phone) == digits_of(event.phone):
            await session.refresh(customer, with_for_update={"read": True})
            return customer.id
    return None


async def _register(sale: VehicleSale, event: VehicleSold, session: AsyncSession) -> UUID:
    customer = Customer(id=uuid5(sale.id, "buyer"), store_id=sale.store_id, kind=event.kind, account_terms=False)
    first = Contact(
        id=uuid5(sale.id, "contact"),
        customer_id=customer.id,
        name=event.name,
        role="owner" if event.kind == "person" else "office",
        phone=event.phone,
        channel=event.channel,
        is_primary=True,
    )
    said = customer.reach_by(through=first, **_reach(event))
    sale.opened_version = customer.version
    session.add(customer)
    await session.flush()  # the file stands before what belongs to it
    session.add(first)
    await note_consent(customer, SERVICE_CALLS, event.consent, session, channel="sale")
    announce(session, said)
    return customer.id


async def _correct(customer_id: UUID, sale: VehicleSale, event: VehicleSold, session: AsyncSession) -> None:
    """The sale is told anew: correct the file that it opened, unless somebody else has written to it since."""
    customer = await session.get_one(Customer, customer_id, with_for_update=True)
    told = _reach(event)
    unchanged = all(getattr(customer, field) == value for field, value in told.items())
    if customer.version != sale.opened_version or unchanged:
        return
    if customer.consent != event.consent:
        await note_consent(customer, SERVICE_CALLS, event.consent, session, channel="sale")
    first = await session.scalar(Contact.primary_of(customer.id))
    announce(session, customer.reach_by(through=first, agreed=await agreed_by(customer.id, session), **told))
    sale.opened_version = customer.version


def _reach(event: VehicleSold) -> dict[str, Any]:
    return {"name": event.name, "phone": event.phone, "channel": event.channel, "consent": event.consent}


async def _open_file(sale: VehicleSale, buyer: UUID, session: AsyncSession) -> Vehicle:
    vehicle = Vehicle(id=new_id(), store_id=sale.store_id, vin=sale.vin, odometer_km=0, visits=0, customer_id=buyer)
    said = vehicle.identify(**_identity(vehicle, sale))
    session.add(vehicle)
    await session.flush()
    session.add(_owner(vehicle, sale, buyer))
    announce(session, said)
    return vehicle


async def _note_owner(vehicle: Vehicle, sale: VehicleSale, buyer: UUID, session: AsyncSession) -> VehicleOwner:
    """The sale takes its turn among the car's owners; the present one."""
    owners = await owners_of(vehicle, session)
    mine = next((owner for owner in owners if owner.id == _ownership(sale)), None)
    if mine is None:
        mine = _owner(vehicle, sale, buyer)
        session.add(mine)
        owners.append(mine)
    mine.customer_id, mine.owned_from_on, mine.holds_from_at = buyer, sale.sold_on, sale.holds_from_at
    return in_turn(owners)[-1]


def _ownership(sale: VehicleSale) -> UUID:
    return uuid5(sale.id, "owner")


def _owner(vehicle: Vehicle, sale: VehicleSale, buyer: UUID) -> VehicleOwner:
    return VehicleOwner(
        id=_ownership(sale),
        vehicle_id=vehicle.id,
        customer_id=buyer,
        owned_from_on=sale.sold_on,
        holds_from_at=sale.holds_from_at,
    )


def _take_over(vehicle: Vehicle, sale: VehicleSale, session: AsyncSession) -> None:
    """What the newest sale says of the car holds, unless the counter has looked at it since; then it fills blanks only."""
    if vehicle.confirmed_at is None or vehicle.confirmed_at <= sale.holds_from_at:
        now = _identity(vehicle, sale)
    else:
        now = {name: getattr(vehicle, name) for name in _identity(vehicle, sale)}
        now["in_service_on"] = vehicle.in_service_on or sale.in_service_on
    if any(getattr(vehicle, name) != value for name, value in now.items()):
        announce(session, vehicle.identify(**now))


def _identity(vehicle: Vehicle, sale: VehicleSale) -> dict[str, Any]:
    return {
        "plate": sale.plate or vehicle.plate or "",
        "brand": sale.brand,
        "model": sale.model,
        "nature": sale.nature,
        "in_service_on": sale.in_service_on,
        "customer_id": vehicle.customer_id,
    }
