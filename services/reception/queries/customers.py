"""Finding customers."""

from sqlalchemy import Select, select

from services.reception.domain import Customer


def customers(*, phone_tail: str | None, name: str | None) -> Select[Customer]:
    """Customers whose phone ends with these four digits and whose name begins so."""
    found = select(Customer)
    if phone_tail is not None:
        found = found.where(Customer.phone_tail == phone_tail)
    if name is not None:
        found = found.where(Customer.name.startswith(name, autoescape=True))
    return found
