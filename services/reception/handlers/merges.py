"""Making one file of two that are the same customer's."""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.merges import MergeCustomer
from services.reception.domain import Contact, Customer, Vehicle, VehicleOwner
from services.reception.domain.consents import SERVICE_CALLS
from services.reception.handlers.accounts import merge_accounts
from services.reception.handlers.consents import agreed_by, words_of
from services.reception.handlers.customers import refuse_merged
from services.reception.handlers.files import complete_files, hand_over_files
from shared.outbox import announce
from shared.refusal import Invalid, Unknown


async def merge_customers(
    customer_id: UUID, command: MergeCustomer, seen: Callable[[int], None], session: AsyncSession
) -> Customer:
    """Give a file up for another: cars, contacts, what is to be completed and what is owed go there; what was signed keeps its
    id.  `seen` is asked with the given-up file's version once all is locked.  The file that holds."""
    await session.execute(_cars_of(customer_id))
    both = select(Customer).where(Customer.id.in_([customer_id, command.into_customer_id]))
    files = {file.id: file for file in await session.scalars(both.order_by(Customer.id).with_for_update())}
    if (given_up := files.get(customer_id)) is None:
        raise Unknown("customer")
    await refuse_merged(given_up, session)
    seen(given_up.version)
    if (survivor := files.get(command.into_customer_id)) is None:
        raise Invalid("body.into_customer_id", "customer_unknown", "There is no such customer.")
    await refuse_merged(survivor, session)
    announce(session, given_up.give_up_for(survivor))
    await session.flush()  # from here on both files' words are the survivor's
    await _hand_over(given_up, survivor, session)
    first = await session.scalar(Contact.primary_of(survivor.id))
    announce(session, survivor.reachable(first, await agreed_by(survivor.id, session)))
    await complete_files(session, customer_id=survivor.id)
    await merge_accounts(given_up.id, survivor.id, session)
    return survivor


async def _hand_over(given_up: Customer, survivor: Customer, session: AsyncSession) -> None:
    await session.execute(_cars_of(given_up.id))  # one may have come since the first look
    cars = update(Vehicle).where(Vehicle.customer_id == given_up.id)
    await session.execute(
        cars.values(customer_id=survivor.id, version=Vehicle.version + 1).execution_options(synchronize_session=False)
    )
    await session.execute(update(VehicleOwner).where(VehicleOwner.customer_id == given_up.id).values(customer_id=survivor.id))
    known = (await session.scalars(Contact.of_customer(survivor.id))).all()
    for contact in await session.scalars(Contact.of_customer(given_up.id)):
        contact.is_primary = False
        if any(contact.is_like(other) for other in known):
            contact.remove()
        else:
            contact.customer_id = survivor.id
    words = await words_of(survivor.id, session)
    newest = words.get(SERVICE_CALLS)
    survivor.consent = newest.given if newest else survivor.consent and given_up.consent
    await hand_over_files(given_up, survivor, session)


def _cars_of(customer_id: UUID) -> Select[UUID]:
    """Locks the customer's cars."""
    return select(Vehicle.id).where(Vehicle.customer_id == customer_id).order_by(Vehicle.id).with_for_update()
