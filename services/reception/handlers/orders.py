"""From the car's arrival to the customer's agreement, and its way home."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.estimates import Authorise
from services.reception.commands.orders import CheckIn, Deliver
from services.reception.domain import (
    Authorisation,
    Customer,
    CustomerComplaint,
    Estimate,
    Invoice,
    LoungeTerms,
    RepairOrder,
    RepairOrderLine,
    Vehicle,
    ro_number,
)  # fmt: skip
from services.reception.handlers.numbers import next_number
from services.reception.handlers.policies import terms_in_force
from services.reception.handlers.timeline import tell_customer
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid, Refused
from shared.settings import stores


async def check_in(store_id: str, advisor: str, command: CheckIn, session: AsyncSession) -> RepairOrder:
    """Receive a car and open its repair order as a draft; `advisor` is who receives it."""
    vehicle = await session.get(Vehicle, command.vehicle_id, with_for_update=True)
    if vehicle is None:
        raise Invalid("body.vehicle_id", "vehicle_unknown", "There is no such vehicle.")
    if await session.get(Customer, command.customer_id) is None:
        raise Invalid("body.customer_id", "customer_unknown", "There is no such customer.")
    now = clock.now()
    order = RepairOrder(
        store_id=store_id,
        advisor=advisor,
        checked_in_at=now,
        opened_on=clock.day_in(stores()[store_id].time_zone, now),
        **command.model_dump(),
    )
    order.bring_forward(vehicle)
    vehicle.check_in(command.odometer_km, at=now, store_id=store_id, reset_reason=command.odometer_reset_reason)
    order.open_complaint = await _flag_complaints(order, session)
    if order.waits:
        order.wait_from(now, await terms_in_force(LoungeTerms, store_id, session))
    session.add(order)
    announce(session, order.check_in())
    inquiry = order.inquiry()
    await session.flush()  # the sheet's row refers to the order's
    session.add(inquiry)
    tell_customer(order, "received", session, odometer_km=order.odometer_km)
    return order


async def _flag_complaints(order: RepairOrder, session: AsyncSession) -> bool:
    """Whether the customer complained since the last visit; from now on these complaints count as told."""
    flagged = await session.scalars(
        update(CustomerComplaint)
        .where(CustomerComplaint.customer_id == order.customer_id, CustomerComplaint.flagged_ro_id.is_(None))
        .values(flagged_ro_id=order.id)
        .returning(CustomerComplaint.id)
    )
    return bool(flagged.all())


async def authorise(ro_id: UUID, command: Authorise, session: AsyncSession) -> RepairOrder:
    """The customer agrees to the newest estimate: keep the proof, freeze the lines, give the order its number."""
    order = await session.get_one(RepairOrder, ro_id)
    estimate = await session.scalar(Estimate.numbered(ro_id, order.estimate_no))
    if estimate is None:
        raise Refused("nothing_estimated", "There is no estimate to agree to.")
    lines = [RepairOrderLine.agreed(line) for line in estimate.lines]
    day = clock.day_in(stores()[order.store_id].time_zone)
    ro_no = ro_number(order.store_id, day, await next_number(order.store_id, "ro", day, session))
    said = order.authorise(lines, ro_no, command.promised_at)
    proof = Authorisation(
        ro_id=order.id,
        store_id=order.store_id,
        estimate_id=estimate.id,
        channel=command.channel,
        evidence=command.evidence,
        authorised_by=command.authorised_by,
        authorised_at=clock.now(),
        sha256=order.digest(lines),
    )
    session.add_all([proof, *lines])
    announce(session, said)
    tell_customer(order, "authorised", session, promised_at=said.promised_at.isoformat())
    return order


async def deliver(ro_id: UUID, command: Deliver, session: AsyncSession) -> RepairOrder:
    """Hand the car over."""
    order = await session.get_one(RepairOrder, ro_id)
    lines = (await session.scalars(RepairOrderLine.of_order(ro_id))).all()
    invoices = (await session.scalars(Invoice.of_order(ro_id))).all()
    read, reason = command.odometer_km, command.odometer_reset_reason
    said = order.deliver(lines, invoices, read, command.handed_to, reason)
    if read is not None:  # the reading of this check-in may be older than what another store read since
        vehicle = await session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
        vehicle.read_odometer(read, at=said.delivered_at, store_id=order.store_id, reset_reason=reason)
    announce(session, said)
    tell_customer(order, "delivered", session)
    return order
