"""Keep each fact, and let the car that it is about learn it."""

from uuid import UUID

from sqlalchemy import delete, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.console.domain import MOVES_A_CAR, Car, Fact, Vehicle, ro_of
from shared import clock
from shared.events import Event
from shared.events.reception import VehicleIdentified

CHANGED = "cars_changed"
"""Key in a session's `info`: ids of the cars whose cards changed in its transaction."""
CHUNK = 500


async def follow_car(event: Event, session: AsyncSession) -> None:
    """Keep the fact and take it into its car's standing."""
    heard_at = clock.now()
    session.add(Fact.of(event, heard_at))
    car = await session.get_one(Car, ro_of(event))
    if car.learn(event, heard_at):
        _changed(session, car.id)


async def keep(event: Event, session: AsyncSession) -> None:
    """Keep a fact that moves no car on the board."""
    session.add(Fact.of(event, clock.now()))


async def identify_vehicle(event: VehicleIdentified, session: AsyncSession) -> None:
    """Know the vehicle by this plate and model from now on."""
    vehicle = await session.get_one(Vehicle, event.about.subject)
    if vehicle.identify(event):
        _changed(session, *await session.scalars(select(Car.id).where(Car.vehicle_id == vehicle.id)))


async def rebuild(session: AsyncSession) -> int:
    """Make all cars anew from the kept facts, in the caller's transaction, while hearing waits; how many facts there are."""
    await session.execute(text("LOCK TABLE cars IN EXCLUSIVE MODE"))
    await session.execute(delete(Car))
    session.expunge_all()
    count, last = 0, UUID(int=0)
    moves = Fact.type.in_([kind.type for kind in MOVES_A_CAR])
    while ids := list(
        await session.scalars(select(Fact.ro_id).where(moves, Fact.ro_id > last).distinct().order_by(Fact.ro_id).limit(CHUNK))
    ):
        facts = await session.scalars(select(Fact).where(moves, Fact.ro_id.in_(ids)).order_by(Fact.heard_at, Fact.event_id))
        cars: dict[UUID, Car] = {}
        for fact in facts:
            car = cars.get(fact.ro_id) or cars.setdefault(fact.ro_id, Car.stub(fact.ro_id, fact.store_id))
            car.learn(fact.told(), fact.heard_at)
            count += 1
        session.add_all(cars.values())
        await session.flush()
        session.expunge_all()
        last = ids[-1]
    return count


def _changed(session: AsyncSession, *cars: UUID) -> None:
    session.sync_session.info.setdefault(CHANGED, set()).update(cars)
