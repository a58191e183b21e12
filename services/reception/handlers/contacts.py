"""Keeping the people of a customer."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.contacts import KeepContact
from services.reception.domain import Contact, Customer
from services.reception.handlers.consents import agreed_by
from services.reception.handlers.files import complete_files
from shared.database import new_id
from shared.outbox import announce
from shared.refusal import Refused, Unknown


async def add_contact(customer: Customer, command: KeepContact, session: AsyncSession) -> Contact:
    """One more person."""
    contact = Contact(id=new_id(), customer_id=customer.id, **(command.model_dump() | {"is_primary": False}))
    await _keep(customer, contact, command, session)
    return contact


async def change_contact(customer: Customer, contact_id: UUID, command: KeepContact, session: AsyncSession) -> Contact:
    """What is known of a person now.  Refused('primary_contact') when nobody would be asked for first any more."""
    contact = await _of(customer, contact_id, session)
    if contact.is_primary and not command.is_primary:
        raise Refused("primary_contact", "Name another first contact instead.")
    contact.change(**command.model_dump(exclude={"is_primary"}))
    await _keep(customer, contact, command, session)
    return contact


async def remove_contact(customer: Customer, contact_id: UUID, session: AsyncSession) -> Contact:
    """This person is no longer called."""
    contact = await _of(customer, contact_id, session)
    contact.remove()
    customer.version += 1
    return contact


async def _of(customer: Customer, contact_id: UUID, session: AsyncSession) -> Contact:
    contact = await session.get(Contact, contact_id)
    if contact is None or contact.customer_id != customer.id or contact.removed_at is not None:
        raise Unknown("contact")
    return contact


async def _keep(customer: Customer, contact: Contact, command: KeepContact, session: AsyncSession) -> None:
    """Only who is asked for first is told to others."""
    if command.is_primary:
        first = await session.scalar(Contact.primary_of(customer.id))
        customer.put_first(contact, None if first is contact else first)
        session.add(contact)
        announce(session, customer.reachable(contact, await agreed_by(customer.id, session)))
        await complete_files(session, customer_id=customer.id)
    else:
        session.add(contact)
        customer.version += 1
