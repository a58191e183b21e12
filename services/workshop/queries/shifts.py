"""Who is meant to be at work when."""

from datetime import date, timedelta

from sqlalchemy import Select, select

from services.workshop.domain import Absence, Shift
from shared import clock
from shared.settings import stores


def shifts(store_id: str, technician: str | None, from_on: date | None, until_on: date | None) -> Select[Shift]:
    """Shifts of a store, those called off too; whatever is left out is not asked for."""
    found = select(Shift).where(Shift.store_id == store_id)
    if technician is not None:
        found = found.where(Shift.technician == technician)
    if from_on is not None:
        found = found.where(Shift.day >= from_on)
    if until_on is not None:
        found = found.where(Shift.day <= until_on)
    return found


def absences(store_id: str, technician: str | None, from_on: date | None, until_on: date | None) -> Select[Absence]:
    """Absences that touch these days of the store, those withdrawn too."""
    zone = stores()[store_id].time_zone
    found = select(Absence).where(Absence.store_id == store_id)
    if technician is not None:
        found = found.where(Absence.technician == technician)
    if from_on is not None:
        found = found.where(Absence.until_at > clock.midnight_in(zone, from_on))
    if until_on is not None:
        found = found.where(Absence.from_at < clock.midnight_in(zone, until_on + timedelta(days=1)))
    return found
