"""The nouns of reception and their rules; methods return the fact they cause or refuse."""

from services.reception.domain.approvals import Approval
from services.reception.domain.authorisations import Authorisation, RepairOrderLine
from services.reception.domain.complaints import CustomerComplaint
from services.reception.domain.consents import Consent
from services.reception.domain.contacts import Contact
from services.reception.domain.customers import Customer
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.files import FileTerms, IncompleteFile
from services.reception.domain.invoices import ON_ACCOUNT, Invoice, InvoiceLine, Payment
from services.reception.domain.lines import PricedLine, amount_of
from services.reception.domain.numbers import NumberSeries, invoice_number, ro_number
from services.reception.domain.orders import RepairOrder
from services.reception.domain.owners import VehicleOwner
from services.reception.domain.policies import ReceptionPolicy, Terms
from services.reception.domain.progress import LineProgress
from services.reception.domain.sales import MaintenanceTerms, VehicleSale
from services.reception.domain.signatures import Signature
from services.reception.domain.tables import Base
from services.reception.domain.vehicles import Vehicle, check_digit
from services.reception.domain.visits import VehicleVisit

__all__ = [
    "ON_ACCOUNT",
    "Approval",
    "Authorisation",
    "Base",
    "Consent",
    "Contact",
    "Customer",
    "CustomerComplaint",
    "Estimate",
    "EstimateLine",
    "FileTerms",
    "IncompleteFile",
    "Invoice",
    "InvoiceLine",
    "LineProgress",
    "MaintenanceTerms",
    "NumberSeries",
    "Payment",
    "PricedLine",
    "ReceptionPolicy",
    "RepairOrder",
    "RepairOrderLine",
    "Signature",
    "Terms",
    "Vehicle",
    "VehicleOwner",
    "VehicleSale",
    "VehicleVisit",
    "amount_of",
    "check_digit",
    "invoice_number",
    "ro_number",
]
