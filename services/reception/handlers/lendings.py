"""Cars that go with their customer while their work waits, and come again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.lendings import LendBack, TakeBack
from services.reception.domain import Lending, RepairOrder, Vehicle
from services.reception.handlers.timeline import tell_customer
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid
from shared.settings import stores


async def lend_back(ro_id: UUID, command: LendBack, session: AsyncSession) -> RepairOrder:
    """The customer takes the car with them meanwhile; nobody works on it until it is back.  Invalid('day_in_the_past')."""
    order = await session.get_one(RepairOrder, ro_id)
    if command.expected_on is not None and command.expected_on < clock.day_in(stores()[order.store_id].time_zone):
        raise Invalid("body.expected_on", "day_in_the_past", "Say today or a day to come.")
    vehicle = await session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
    lending, said = order.lend_back(command.reason_code, command.odometer_km, command.expected_on)
    reason = command.odometer_reset_reason
    vehicle.read_odometer(command.odometer_km, at=said.lent_at, store_id=order.store_id, reset_reason=reason)
    session.add(lending)
    announce(session, said)
    tell_customer(order, "lent_back", session, expected_on=said.expected_on)
    return order


async def take_back(ro_id: UUID, command: TakeBack, session: AsyncSession) -> RepairOrder:
    """The car is here again: its work can go on."""
    order = await session.get_one(RepairOrder, ro_id)
    lasting = select(Lending).where(Lending.ro_id == ro_id, Lending.taken_back_at.is_(None))
    vehicle = await session.get_one(Vehicle, order.vehicle_id, with_for_update=True)
    said = order.take_back(await session.scalar(lasting), command.odometer_km)
    reason = command.odometer_reset_reason
    vehicle.read_odometer(command.odometer_km, at=said.taken_back_at, store_id=order.store_id, reset_reason=reason)
    announce(session, said)
    tell_customer(order, "taken_back", session, odometer_km=command.odometer_km)
    return order
