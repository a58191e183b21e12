"""Finding customers."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from services.reception.domain import Customer

LAST = "\U0010ffff"
"""A character behind all that names are written with."""


def customers(*, phone_tail: str | None, name: str | None) -> tuple[Select[Customer], list[InstrumentedAttribute[Any]]]:
    """Customers whose phone ends with these four digits and whose name begins so, and the keys by which they are paged,
    ascending: whatever is asked for, an index gives the page's rows and no more."""
    found = select(Customer)
    if phone_tail is not None:
        found = found.where(Customer.phone_tail == phone_tail)
        if name is not None:  # the few with this phone are looked through
            found = found.where(func.starts_with(Customer.name, name))
    elif name is not None:
        found = found.where(Customer.name >= name, Customer.name < name + LAST)
    return found, [Customer.name, Customer.id] if phone_tail is None else [Customer.id]
