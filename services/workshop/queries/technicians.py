"""The technicians of a store."""

from sqlalchemy import Select, select

from services.workshop.domain import Technician


def technicians(store_id: str) -> Select[Technician]:
    """All technicians of the store."""
    return select(Technician).where(Technician.store_id == store_id)
