"""Finding customers and reading their files."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from services.reception.domain import Consent, Contact, Customer, Vehicle
from services.reception.domain.consents import in_force
from services.reception.queries.vehicles import vehicles, with_phone_tail

LAST = "\U0010ffff"
"""A character behind all that names are written with."""


LAST = "\U0010ffff"
"""A character behind all that names are written with."""


def customers(
    *,
    phone_tail: str | None = None,
    name: str | None = None,
    plate: str | None = None,
    vin_tail: str | None = None,
    fleet: str | None = None,
    vip_level: int | None = None,
) -> tuple[Select[Customer], list[InstrumentedAttribute[Any]]]:
    """Customers whose phone, or that of one of their people, ends with these four digits, whose name begins so, whose car has
    this plate and a VIN that ends so, of this fleet and level; and the keys by which they are paged, ascending: whatever is
    asked for, an index gives the page's rows and no more.  Files that were given up are left out."""
    found = select(Customer).where(Customer.merged_into.is_(None))
    if phone_tail is not None:
        found = found.where(Customer.id.in_(with_phone_tail(phone_tail)))
    if name is not None:
        found = found.where(Customer.name >= name, Customer.name < name + LAST)
    if plate is not None or vin_tail is not None:
        cars = vehicles(plate=plate, vin_tail=vin_tail).with_only_columns(Vehicle.customer_id)
        found = found.where(Customer.id.in_(cars))
    if fleet is not None:
        found = found.where(Customer.fleet == fleet)
    if vip_level is not None:
        found = found.where(Customer.vip_level == vip_level)
    by_name = name is not None and phone_tail is None and plate is None and vin_tail is None
    return found, [Customer.name, Customer.id] if by_name else [Customer.id]


async def file_of(customer_id: UUID, session: AsyncSession) -> tuple[Customer, UUID]:
    """The file with this id, and the id of the one that holds for it now; NoResultFound when there is none."""
    customer = await session.get_one(Customer, customer_id)
    if customer.merged_into is None:
        return customer, customer.id
    return customer, (await session.scalars(Customer.survivor_of(customer_id))).one()


async def contacts_of(customer_id: UUID, session: AsyncSession) -> Sequence[Contact]:
    """The people of a customer, oldest first."""
    return (await session.scalars(Contact.of_customer(customer_id))).all()


async def consents_of(customer_id: UUID, session: AsyncSession) -> tuple[Sequence[Consent], dict[str, bool]]:
    """Every word of the customer, and by purpose whether they agree now."""
    words = (await session.scalars(Consent.of_customer(customer_id))).all()
    return words, {purpose: word.given for purpose, word in sorted(in_force(words).items())}


async def customers_of(ids: set[UUID], session: AsyncSession) -> dict[UUID, Customer]:
    """These files by id."""
    rows = await session.scalars(select(Customer).where(Customer.id.in_(ids)))
    return {customer.id: customer for customer in rows}
