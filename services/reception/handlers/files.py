"""Watching that files become complete after a visit."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import Customer, FileTerms, IncompleteFile, RepairOrder, Vehicle
from services.reception.domain.files import missing
from shared.policies import terms_in_force


async def note_missing(order: RepairOrder, customer: Customer, vehicle: Vehicle, session: AsyncSession) -> None:
    """A car was checked in: from the first visit after which something is missing, the file has some days left."""
    terms = await terms_in_force(FileTerms, order.store_id, session)
    if not missing(customer, vehicle, terms):
        return
    known = await session.scalar(IncompleteFile.still_open(customer_id=customer.id, vehicle_id=vehicle.id).limit(1))
    if known is None:
        session.add(
            IncompleteFile(
                ro_id=order.id,
                visited_store_id=order.store_id,
                customer_id=customer.id,
                vehicle_id=vehicle.id,
                due_on=terms.due_on(order.opened_on),
            )
        )


async def complete_files(session: AsyncSession, *, customer_id: UUID | None = None, vehicle_id: UUID | None = None) -> None:
    """Something was written into this customer's or car's file: end what is complete now."""
    await session.flush()
    found = IncompleteFile.still_open(customer_id=customer_id, vehicle_id=vehicle_id)
    # Held first, then read: whoever completes the other half at the same time waits here, and sees this half.
    for file in await session.scalars(found.with_for_update()):
        customer = await session.get_one(Customer, file.customer_id, populate_existing=True)
        vehicle = await session.get_one(Vehicle, file.vehicle_id, populate_existing=True)
        if not missing(customer, vehicle, await terms_in_force(FileTerms, file.visited_store_id, session)):
            file.complete()


async def hand_over_files(given_up: Customer, survivor: Customer, session: AsyncSession) -> None:
    """What was to be completed for one file is to be completed for the other; once for each car."""
    theirs = select(IncompleteFile.vehicle_id).where(
        IncompleteFile.customer_id == survivor.id, IncompleteFile.completed_at.is_(None)
    )
    twice = IncompleteFile.still_open(customer_id=given_up.id).where(IncompleteFile.vehicle_id.in_(theirs))
    for file in await session.scalars(twice.with_for_update()):
        file.complete()
    await session.flush()
    rest = update(IncompleteFile).where(IncompleteFile.customer_id == given_up.id, IncompleteFile.completed_at.is_(None))
    await session.execute(rest.values(customer_id=survivor.id))
