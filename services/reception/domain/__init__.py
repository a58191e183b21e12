"""The nouns of reception and their rules; methods return the fact they cause or refuse."""

from services.reception.domain.approvals import Approval
from services.reception.domain.authorisations import Authorisation, RepairOrderLine
from services.reception.domain.complaints import CustomerComplaint
from services.reception.domain.customers import Customer
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.flags import VehicleFlag
from services.reception.domain.inquiries import Inquiry
from services.reception.domain.invoices import ON_ACCOUNT, Invoice, InvoiceLine, Payment
from services.reception.domain.lines import PricedLine, amount_of
from services.reception.domain.numbers import NumberSeries, invoice_number, ro_number
from services.reception.domain.orders import RepairOrder
from services.reception.domain.photos import Photo
from services.reception.domain.phrases import CourtesyPhrases
from services.reception.domain.policies import ReceptionPolicy, Terms
from services.reception.domain.progress import LineProgress
from services.reception.domain.receiving import LoungeTerms
from services.reception.domain.signatures import Signature
from services.reception.domain.tables import Base
from services.reception.domain.timeline import TimelineEntry
from services.reception.domain.vehicles import Vehicle, check_digit
from services.reception.domain.walk_arounds import DisputeNote, WalkAroundSheet, WalkAroundTerms

__all__ = [
    "ON_ACCOUNT",
    "Approval",
    "Authorisation",
    "Base",
    "CourtesyPhrases",
    "Customer",
    "CustomerComplaint",
    "DisputeNote",
    "Estimate",
    "EstimateLine",
    "Inquiry",
    "Invoice",
    "InvoiceLine",
    "LineProgress",
    "LoungeTerms",
    "NumberSeries",
    "Payment",
    "Photo",
    "PricedLine",
    "ReceptionPolicy",
    "RepairOrder",
    "RepairOrderLine",
    "Signature",
    "Terms",
    "TimelineEntry",
    "Vehicle",
    "VehicleFlag",
    "WalkAroundSheet",
    "WalkAroundTerms",
    "amount_of",
    "check_digit",
    "invoice_number",
    "ro_number",
]
