"""Finding approvals."""

from uuid import UUID

from sqlalchemy import Select, select

from services.reception.domain import Approval


def approvals(*, store_id: str | None, state: str | None, subject_id: UUID | None) -> Select[Approval]:
    """Approvals that fit all given filters."""
    given = {"store_id": store_id, "state": state, "subject_id": subject_id}
    return select(Approval).filter_by(**{name: value for name, value in given.items() if value is not None})
