"""Raising and clearing what is to be remembered of a vehicle."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.flags import ClearFlag, RaiseFlag
from services.reception.domain import VehicleFlag
from shared.refusal import Refused


async def raise_flag(vehicle_id: UUID, command: RaiseFlag, session: AsyncSession) -> VehicleFlag:
    """Tell whoever receives this car next.  Refused: `flag_raised` when the same recall, campaign or warning stands already.
    The vehicle is locked by the door."""
    for raised in await session.scalars(VehicleFlag.raised(vehicle_id)):
        if command.kind != "note" and (raised.kind, raised.code) == (command.kind, command.code):
            raise Refused("flag_raised", "The car has this flag already.", flag_id=raised.id)
    flag = VehicleFlag(vehicle_id=vehicle_id, **command.model_dump())
    session.add(flag)
    return flag


async def clear_flag(flag_id: UUID, command: ClearFlag, session: AsyncSession) -> VehicleFlag:
    """It is done."""
    flag = await session.get_one(VehicleFlag, flag_id)
    flag.clear(command.reason)
    return flag
