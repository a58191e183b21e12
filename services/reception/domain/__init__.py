"""The nouns of reception and their rules; methods return the fact they cause or refuse."""

from services.reception.domain.accounts import AccountTerms, CustomerAccount
from services.reception.domain.appointments import Appointment, ArrivalSlot
from services.reception.domain.approvals import Approval
from services.reception.domain.authorisations import Authorisation, PayerChange, RepairOrderLine
from services.reception.domain.capacities import CapacitySlot
from services.reception.domain.comebacks import ComebackTerms
from services.reception.domain.complaints import CustomerComplaint
from services.reception.domain.consents import Consent
from services.reception.domain.contacts import Contact
from services.reception.domain.credits import CreditNote, CreditNoteLine
from services.reception.domain.customers import Customer, house_id
from services.reception.domain.decisions import DeferredItem, LineDecision
from services.reception.domain.deliveries import Handover
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.files import FileTerms, IncompleteFile
from services.reception.domain.flags import VehicleFlag
from services.reception.domain.holdings import Holding, PackageCard
from services.reception.domain.inquiries import Inquiry
from services.reception.domain.invoices import Invoice, InvoiceLine
from services.reception.domain.ledger import LedgerBalance, Transfer, TransferLeg
from services.reception.domain.lendings import Lending
from services.reception.domain.lines import PricedLine, amount_of
from services.reception.domain.members import Member, MembershipTerms
from services.reception.domain.notes import WorkshopNote
from services.reception.domain.numbers import NumberSeries, credit_note_number, invoice_number, member_number, ro_number
from services.reception.domain.offers import PartOffer
from services.reception.domain.operations import Operation
from services.reception.domain.orders import RepairOrder
from services.reception.domain.owners import VehicleOwner
from services.reception.domain.packages import Package
from services.reception.domain.payments import DEPOSIT, MEMBERSHIP, ON_ACCOUNT, Deposit, Payment, Refund
from services.reception.domain.photos import Photo
from services.reception.domain.phrases import CourtesyPhrases
from services.reception.domain.policies import ReceptionPolicy, Terms
from services.reception.domain.prices import PriceTerms
from services.reception.domain.progress import LineProgress
from services.reception.domain.promise_risks import PromiseRisk
from services.reception.domain.purses import Purse, Session
from services.reception.domain.receiving import LoungeTerms
from services.reception.domain.rescues import RescueCall, RescueTerms
from services.reception.domain.sales import MaintenanceTerms, VehicleSale
from services.reception.domain.signatures import Signature
from services.reception.domain.supplements import Supplement
from services.reception.domain.tables import Base
from services.reception.domain.timeline import TimelineEntry
from services.reception.domain.vehicles import Vehicle, check_digit
from services.reception.domain.visits import VehicleVisit
from services.reception.domain.walk_arounds import DisputeNote, WalkAroundSheet, WalkAroundTerms

__all__ = [
    "DEPOSIT",
    "MEMBERSHIP",
    "ON_ACCOUNT",
    "AccountTerms",
    "Appointment",
    "Approval",
    "ArrivalSlot",
    "Authorisation",
    "Base",
    "CapacitySlot",
    "ComebackTerms",
    "Consent",
    "Contact",
    "CourtesyPhrases",
    "CreditNote",
    "CreditNoteLine",
    "Customer",
    "CustomerAccount",
    "CustomerComplaint",
    "DeferredItem",
    "Deposit",
    "DisputeNote",
    "Estimate",
    "EstimateLine",
    "FileTerms",
    "Handover",
    "Holding",
    "IncompleteFile",
    "Inquiry",
    "Invoice",
    "InvoiceLine",
    "LedgerBalance",
    "Lending",
    "LineDecision",
    "LineProgress",
    "LoungeTerms",
    "MaintenanceTerms",
    "Member",
    "MembershipTerms",
    "NumberSeries",
    "Operation",
    "Package",
    "PackageCard",
    "PartOffer",
    "PayerChange",
    "Payment",
    "Photo",
    "PriceTerms",
    "PricedLine",
    "PromiseRisk",
    "Purse",
    "ReceptionPolicy",
    "Refund",
    "RepairOrder",
    "RepairOrderLine",
    "RescueCall",
    "RescueTerms",
    "Session",
    "Signature",
    "Supplement",
    "Terms",
    "TimelineEntry",
    "Transfer",
    "TransferLeg",
    "Vehicle",
    "VehicleFlag",
    "VehicleOwner",
    "VehicleSale",
    "VehicleVisit",
    "WalkAroundSheet",
    "WalkAroundTerms",
    "WorkshopNote",
    "amount_of",
    "check_digit",
    "credit_note_number",
    "house_id",
    "invoice_number",
    "member_number",
    "ro_number",
]
