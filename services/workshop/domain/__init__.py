"""The workshop's nouns and their rules."""

from services.workshop.domain.appointments import BookedHours
from services.workshop.domain.bays import Bay, Outage
from services.workshop.domain.bulletins import Bulletin, BulletinEdition, BulletinUse
from services.workshop.domain.capacities import Capacity, CapacityPlan
from services.workshop.domain.certificates import CertificateTerms
from services.workshop.domain.checklists import Checklist
from services.workshop.domain.clocks import Activity, Attendance, Clock, Turn
from services.workshop.domain.corrections import ClockCorrection
from services.workshop.domain.dispatching import DispatchTerms
from services.workshop.domain.equipment import Equipment, Maintenance, ToolTerms
from services.workshop.domain.hands import JobHand
from services.workshop.domain.holds import Hold
from services.workshop.domain.inspections import Inspection
from services.workshop.domain.jobs import Job
from services.workshop.domain.notes import Note, NoteTerms
from services.workshop.domain.orders import AuthorisedOrder
from services.workshop.domain.overruling import Dispatch
from services.workshop.domain.parts import JobPart
from services.workshop.domain.points import SheetTerms
from services.workshop.domain.policies import Terms, WorkshopPolicy
from services.workshop.domain.promises import PromiseTerms, PromiseWatch
from services.workshop.domain.quality import JobCheck, QualityTerms
from services.workshop.domain.rounds import RoundAnswer, RoundPlan, RoundTerms, SafetyRound
from services.workshop.domain.safety_findings import FindingStep, SafetyFinding
from services.workshop.domain.sellable import CapacityTerms, Hours, sellable
from services.workshop.domain.shares import shares
from services.workshop.domain.sheets import Finding, FindingProposal, Sheet, SheetPhoto
from services.workshop.domain.shifts import Absence, Shift
from services.workshop.domain.sublets import Sublet
from services.workshop.domain.supplements import Supplement
from services.workshop.domain.tables import Base
from services.workshop.domain.technicians import Technician
from services.workshop.domain.vehicles import Vehicle
from services.workshop.domain.wastes import WasteHandover

__all__ = [
    "Absence",
    "Activity",
    "Attendance",
    "AuthorisedOrder",
    "Base",
    "Bay",
    "BookedHours",
    "Bulletin",
    "BulletinEdition",
    "BulletinUse",
    "Capacity",
    "CapacityPlan",
    "CapacityTerms",
    "CertificateTerms",
    "Checklist",
    "Clock",
    "ClockCorrection",
    "Dispatch",
    "DispatchTerms",
    "Equipment",
    "Finding",
    "FindingProposal",
    "FindingStep",
    "Hold",
    "Hours",
    "Inspection",
    "Job",
    "JobCheck",
    "JobHand",
    "JobPart",
    "Maintenance",
    "Note",
    "NoteTerms",
    "Outage",
    "PromiseTerms",
    "PromiseWatch",
    "QualityTerms",
    "RoundAnswer",
    "RoundPlan",
    "RoundTerms",
    "SafetyFinding",
    "SafetyRound",
    "Sheet",
    "SheetPhoto",
    "SheetTerms",
    "Shift",
    "Sublet",
    "Supplement",
    "Technician",
    "Terms",
    "ToolTerms",
    "Turn",
    "Vehicle",
    "WasteHandover",
    "WorkshopPolicy",
    "sellable",
    "shares",
]
