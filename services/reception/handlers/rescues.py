"""Answering calls from the road."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.rescues import ArriveAtRescue, ConcludeRescue, DispatchRescue, EndRescue, TakeRescueCall
from services.reception.domain import RescueCall, RescueTerms, Vehicle
from services.reception.handlers.customers import open_file
from shared import clock
from shared.policies import terms_in_force
from shared.refusal import Invalid
from shared.settings import stores


async def take_call(store_id: str, command: TakeRescueCall, session: AsyncSession) -> RescueCall:
    """Write down who needs help, where and why."""
    if command.vehicle_id and await session.get(Vehicle, command.vehicle_id) is None:
        raise Invalid("body.vehicle_id", "vehicle_unknown", "There is no such vehicle.")
    if command.customer_id:
        await open_file(command.customer_id, session)
    call = RescueCall(
        store_id=store_id,
        called_on=clock.day_in(stores()[store_id].time_zone),
        response_limit_minutes=(await terms_in_force(RescueTerms, store_id, session)).response_minutes,
        **command.model_dump(),
    )
    session.add(call)
    return call


async def dispatch(call_id: UUID, command: DispatchRescue, session: AsyncSession) -> RescueCall:
    """Somebody drives out."""
    call = await session.get_one(RescueCall, call_id)
    call.dispatch(command.responder, command.tow_partner, command.at)
    return call


async def arrive(call_id: UUID, command: ArriveAtRescue, session: AsyncSession) -> RescueCall:
    """Help is there."""
    call = await session.get_one(RescueCall, call_id)
    call.arrive(command.at)
    return call


async def conclude(call_id: UUID, command: ConcludeRescue, session: AsyncSession) -> RescueCall:
    """The car was repaired at the roadside, or is being towed."""
    call = await session.get_one(RescueCall, call_id)
    call.conclude(command.outcome, command.at, command.note, command.tow_partner, command.tow_cost_fen)
    return call


async def cancel(call_id: UUID, command: EndRescue, session: AsyncSession) -> RescueCall:
    """No help is wanted any more."""
    call = await session.get_one(RescueCall, call_id)
    call.cancel(command.reason)
    return call


async def close(call_id: UUID, command: EndRescue, session: AsyncSession) -> RescueCall:
    """There will be no repair order."""
    call = await session.get_one(RescueCall, call_id)
    call.close(command.reason)
    return call


async def call_to_answer(store_id: str, call_id: UUID | None, session: AsyncSession) -> RescueCall | None:
    """The call, locked, that a check-in in this store names.  Invalid('rescue_call_unknown')."""
    if call_id is None:
        return None
    call = await session.get(RescueCall, call_id, with_for_update=True)
    if call is None or call.store_id != store_id:
        raise Invalid("body.rescue_call_id", "rescue_call_unknown", "There is no such rescue call in this store.")
    return call
