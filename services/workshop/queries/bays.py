"""The bays of a store."""

from sqlalchemy import Select, select

from services.workshop.domain import Bay


def bays(store_id: str) -> Select[Bay]:
    """All bays of the store."""
    return select(Bay).where(Bay.store_id == store_id)
