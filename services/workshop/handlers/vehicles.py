"""Knowing the cars."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Vehicle
from shared.events.reception import VehicleIdentified


async def know_vehicle(event: VehicleIdentified, session: AsyncSession) -> None:
    """Keep how the car is described now."""
    (await session.get_one(Vehicle, event.about.subject)).identify(event)
