"""Keeping customers' files."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.customers import AgreeTerms, ChangeContact, RegisterCustomer
from services.reception.domain import Customer, house_id
from shared.events.reception import ContactChanged
from shared.outbox import announce
from shared.settings import stores

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('house customer'), hashtext(:store_id))")


async def register_customer(store_id: str, command: RegisterCustomer, session: AsyncSession) -> Customer:
    """Open a file; the store where that happens becomes the home store."""
    customer = Customer(store_id=store_id, kind=command.kind, account_terms=command.account_terms)
    session.add(customer)
    announce(session, _contact(customer, command))
    return customer


async def house_customer(store_id: str, session: AsyncSession) -> Customer:
    """The customer that stands for the store itself, made when it is first wanted: a company that nobody calls."""
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    known = await session.get(Customer, house_id(store_id))
    if known is not None:
        return known
    house = Customer(id=house_id(store_id), store_id=store_id, kind="company", account_terms=False)
    session.add(house)
    announce(session, house.reach_by(name=stores()[store_id].name_zh, phone="", channel="phone", consent=False))
    return house


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
