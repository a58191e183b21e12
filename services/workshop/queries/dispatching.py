"""What was given out, and against which proposal."""

from sqlalchemy import Select, select

from services.workshop.domain import Dispatch


def overruled(store_id: str) -> Select[Dispatch]:
    """The dispatches of a store for which a reason was given."""
    return select(Dispatch).where(Dispatch.store_id == store_id, Dispatch.reason_code.is_not(None))
