"""What the hop does with what it hears."""

from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.facts import CarArrived
from benchmarks.hop_service.domain import Bay
from shared.outbox import announce


async def place_car(arrived: CarArrived, session: AsyncSession) -> None:
    """Send the car to its bay."""
    bay = await session.get_one(Bay, arrived.bay_id)
    visit, placed = bay.place(arrived)
    session.add(visit)
    announce(session, placed)
