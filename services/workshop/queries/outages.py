"""Bays that cannot, or could not, be used."""

from sqlalchemy import Select, select

from services.workshop.domain import Outage


def outages(store_id: str, bay: str | None, *, lasting: bool) -> Select[Outage]:
    """Outages of the store, of one bay; `lasting`: only those that have not ended."""
    found = select(Outage).where(Outage.store_id == store_id)
    if bay is not None:
        found = found.where(Outage.bay == bay)
    return found.where(Outage.ended_at.is_(None)) if lasting else found
