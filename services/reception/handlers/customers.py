"""Keeping customers' files."""

from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.commands.customers import (
    AgreeTerms,
    ChangeContact,
    DescribeCustomer,
    RegisterCustomer,
)
from services.reception.domain import Contact, Customer, house_id
from services.reception.domain.consents import SERVICE_CALLS
from services.reception.handlers.consents import agreed_by, note_consent
from services.reception.handlers.files import complete_files
from shared import clock
from shared.database import new_id
from shared.outbox import announce
from shared.refusal import Invalid, Unknown
from shared.settings import stores

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('house customer'), hashtext(:store_id))")


async def register_customer(store_id: str, command: RegisterCustomer, session: AsyncSession) -> Customer:
    """Open a file; the store where that happens becomes the home store."""
    known = command.model_dump(include={"kind", "account_terms", "address", "services_wished"})
    customer = Customer(id=new_id(), store_id=store_id, confirmed_at=clock.now(), **known)
    first = Contact(
        customer_id=customer.id,
        name=command.contact_name or command.name,
        role="owner" if command.kind == "person" else "office",
        phone=command.phone,
        channel=command.channel,
        is_primary=True,
    )
    said = customer.reach_by(through=first, **_reach(command))
    session.add(customer)
    await session.flush()  # the file stands before what belongs to it
    session.add(first)
    await note_consent(customer, SERVICE_CALLS, command.consent, session)
    announce(session, said)
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


async def open_file(customer_id: UUID, session: AsyncSession, field: str = "customer_id") -> Customer:
    """The customer that a request names, locked so that the file is not given up meanwhile.  Invalid('customer_unknown') naming
    the body's field, Refused('customer_merged')."""
    customer = await session.get(Customer, customer_id, with_for_update={"read": True})
    if customer is None:
        raise Invalid(f"body.{field}", "customer_unknown", "There is no such customer.")
    await refuse_merged(customer, session)
    return customer


async def file_to_change(customer_id: UUID, session: AsyncSession) -> Customer:
    """The file that a request's address names, locked for writing.  Unknown, Refused('customer_merged')."""
    customer = await session.get(Customer, customer_id, with_for_update=True)
    if customer is None:
        raise Unknown("customer")
    await refuse_merged(customer, session)
    return customer


async def change_contact(customer: Customer, command: ChangeContact, session: AsyncSession) -> None:
    """Keep how the customer may be reached from now on."""
    if command.consent != customer.consent:
        await note_consent(customer, SERVICE_CALLS, command.consent, session)
    first = await session.scalar(Contact.primary_of(customer.id))
    agreed = await agreed_by(customer.id, session)
    announce(session, customer.reach_by(through=first, agreed=agreed, **_reach(command)))
    customer.confirm()
    await complete_files(session, customer_id=customer.id)


async def describe_customer(customer: Customer, command: DescribeCustomer, session: AsyncSession) -> None:
    """Complete the file."""
    customer.describe(**command.model_dump())
    await complete_files(session, customer_id=customer.id)


def confirm_file(customer: Customer) -> None:
    """The customer says that the file is right."""
    customer.confirm()
    customer.version += 1


def agree_terms(customer: Customer, command: AgreeTerms) -> None:
    """Set what was agreed with the customer about prices and credit."""
    customer.agree_terms(**command.model_dump())


async def refuse_merged(customer: Customer, session: AsyncSession) -> None:
    """Refused('customer_merged') with the file that holds, when this one was given up."""
    if customer.merged_into is not None:
        customer.refuse_merged(await session.scalar(Customer.survivor_of(customer.id)))


def _reach(told: ChangeContact) -> dict[str, Any]:
    return told.model_dump(include=set(ChangeContact.model_fields))
