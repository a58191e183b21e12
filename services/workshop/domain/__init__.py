"""The workshop's nouns and their rules."""

from services.workshop.domain.bays import Bay, Outage
from services.workshop.domain.capacities import Capacity
from services.workshop.domain.clocks import Activity, Attendance, shares
from services.workshop.domain.inspections import Inspection
from services.workshop.domain.jobs import Job
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.parts import JobPart
from services.workshop.domain.policies import Terms, WorkshopPolicy
from services.workshop.domain.shifts import Absence, Shift
from services.workshop.domain.supplements import Supplement
from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from services.workshop.domain.vehicles import Vehicle

__all__ = [
    "Absence",
    "Activity",
    "Attendance",
    "AuthorisedOrder",
    "Base",
    "Bay",
    "Capacity",
    "Inspection",
    "Job",
    "JobPart",
    "Outage",
    "Shift",
    "Supplement",
    "Technician",
    "Terms",
    "Vehicle",
    "WorkshopPolicy",
    "shares",
]
