"""What the workshop offers a day."""

from datetime import date

from sqlalchemy import Select, select

from services.workshop.domain import Capacity


def capacities(*, store_id: str | None, skill: str | None, from_on: date | None, until_on: date | None) -> Select[Capacity]:
    """Capacities that fit all given filters, both days included."""
    given = {"store_id": store_id, "skill": skill}
    found = select(Capacity).filter_by(**{name: value for name, value in given.items() if value is not None})
    if from_on is not None:
        found = found.where(Capacity.day >= from_on)
    if until_on is not None:
        found = found.where(Capacity.day <= until_on)
    return found
