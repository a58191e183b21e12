"""Keeping customers' files."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.customers import AgreeTerms, ChangeContact, RegisterCustomer
from services.reception.domain import Customer
from shared.events.reception import ContactChanged
from shared.outbox import announce


async def register_customer(store_id: str, command: RegisterCustomer, session: AsyncSession) -> Customer:
    """Open a file; the store where that happens becomes the home store."""
    customer = Customer(store_id=store_id, kind=command.kind, account_terms=command.account_terms)
    session.add(customer)
    announce(session, _contact(customer, command))
    return customer


async def change_contact(customer_id: UUID, command: ChangeContact, session: AsyncSession) -> Customer:
    """Keep how the customer may be reached from now on."""
    customer = await session.get_one(Customer, customer_id)
    announce(session, _contact(customer, command))
    return customer


async def agree_terms(customer_id: UUID, command: AgreeTerms, session: AsyncSession) -> Customer:
    """Set what the customer may owe on account."""
    customer = await session.get_one(Customer, customer_id)
    customer.agree_terms(**command.model_dump())
    return customer


def _contact(customer: Customer, told: ChangeContact) -> ContactChanged:
    return customer.reach_by(name=told.name, phone=told.phone, channel=told.channel, consent=told.consent)
