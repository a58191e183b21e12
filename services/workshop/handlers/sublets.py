"""Work that another firm does: sending it out, taking it back, checking it."""

from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.sublets import CheckSublet, SendSublet, TakeBackSublet
from services.workshop.domain import AuthorisedOrder, Job, Sublet
from services.workshop.domain.sublets import UNHEARD
from services.workshop.handlers import holds, standstill
from shared import clock
from shared.outbox import announce
from shared.refusal import Invalid, Refused, Unknown


async def locked_sublet(sublet_id: UUID, session: AsyncSession) -> Sublet:
    """One line of sublet work, after its order and the order's jobs: nobody gives one out or begins it meanwhile.  Unknown."""
    ro_id = await session.scalar(select(Sublet.ro_id).where(Sublet.id == sublet_id, Sublet.state != UNHEARD))
    if ro_id is None:
        raise Unknown("sublet")
    await session.execute(select(AuthorisedOrder.id).where(AuthorisedOrder.id == ro_id).with_for_update())
    await session.execute(select(Job.id).where(Job.ro_id == ro_id).order_by(Job.id).with_for_update())
    found = await session.scalar(select(Sublet).where(Sublet.id == sublet_id).with_for_update())
    if found is None:
        raise Unknown("sublet")
    return found


async def send_sublet(sublet: Sublet, command: SendSublet, session: AsyncSession) -> Sublet:
    """The car, or a part of it, goes to the firm; a car that leaves makes room.  Invalid: range_wrong, unknown_job.  Refused:
    car_not_here, being_worked_on, line_withdrawn, illegal_transition."""
    if command.due_at <= clock.now():
        raise Invalid("body.due_at", "range_wrong", "Say a moment in the future.")
    order = await session.get_one(AuthorisedOrder, sublet.ro_id)
    order.refuse_work()
    sublet.refuse_withdrawn(order)
    await refuse_at_the_firm(order.id, session)
    jobs = {job.id: job for job in await session.scalars(select(Job).where(Job.ro_id == order.id))}
    if command.job_id is not None and command.job_id not in jobs:
        raise Invalid("body.job_id", "unknown_job", "The order has no such job.")
    working = [job.id for job in jobs.values() if job.state == "working"]
    if command.takes_car and working:
        raise Refused("being_worked_on", "Somebody works on the car; stop the work first.", job_ids=working)
    said = sublet.send(
        command.vendor, command.cost_fen, command.due_at, takes_car=command.takes_car, job_id=command.job_id
    )  # fmt: skip
    await holds.open_sublet(sublet, session)
    announce(session, said)
    if command.takes_car:
        await standstill.car_leaves(order.id, session)
    return sublet


async def take_back_sublet(sublet: Sublet, command: TakeBackSublet, session: AsyncSession) -> Sublet:
    """It is here again; when the order has ended meanwhile, nobody has to check it.  Refused('illegal_transition')."""
    announce(session, sublet.take_back(command.document_no, command.cost_fen))
    await holds.close_sublet(sublet, clock.now(), session)
    order = await session.get_one(AuthorisedOrder, sublet.ro_id)
    await standstill.car_comes_back(order, session)
    sublet.follow(order)
    return sublet


async def check_sublet(sublet: Sublet, command: CheckSublet, session: AsyncSession) -> Sublet:
    """The house's own quality check.  Invalid('fault_code_mismatch').  Refused: dealt_with_the_firm, illegal_transition."""
    if (command.result == "failed") != (command.fault_code is not None):
        raise Invalid("body.fault_code", "fault_code_mismatch", "A failed check names its fault, a passed one has none.")
    announce(session, sublet.check(command.fault_code, command.remark))
    return sublet


def at_the_firm(store_id: str) -> Select[UUID]:
    """The orders of the store whose cars other firms have."""
    return select(Sublet.ro_id).where(Sublet.store_id == store_id, Sublet.state == "out", Sublet.takes_car.is_(True))


async def refuse_at_the_firm(ro_id: UUID, session: AsyncSession) -> None:
    """Refused('car_not_here') while another firm has the order's car."""
    there = select(Sublet).where(Sublet.ro_id == ro_id, Sublet.state == "out", Sublet.takes_car.is_(True))
    if (sublet := await session.scalar(there)) is not None:
        raise Refused("car_not_here", "Another firm has the car.", ro_id=ro_id, sublet_id=sublet.id, vendor=sublet.vendor)
