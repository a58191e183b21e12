"""The nouns of reception and their rules; methods return the fact they cause or refuse."""

from services.reception.domain.approvals import Approval
from services.reception.domain.authorisations import Authorisation, RepairOrderLine
from services.reception.domain.comebacks import ComebackTerms
from services.reception.domain.complaints import CustomerComplaint
from services.reception.domain.customers import Customer, house_id
from services.reception.domain.estimates import Estimate, EstimateLine
from services.reception.domain.invoices import ON_ACCOUNT, Invoice, InvoiceLine, Payment
from services.reception.domain.lines import PricedLine, amount_of
from services.reception.domain.numbers import NumberSeries, invoice_number, ro_number
from services.reception.domain.orders import RepairOrder
from services.reception.domain.policies import ReceptionPolicy, Terms
from services.reception.domain.progress import LineProgress
from services.reception.domain.rescues import RescueCall, RescueTerms
from services.reception.domain.signatures import Signature
from services.reception.domain.tables import Base
from services.reception.domain.vehicles import Vehicle, check_digit

__all__ = [
    "ON_ACCOUNT",
    "Approval",
    "Authorisation",
    "Base",
    "ComebackTerms",
    "Customer",
    "CustomerComplaint",
    "Estimate",
    "EstimateLine",
    "Invoice",
    "InvoiceLine",
    "LineProgress",
    "NumberSeries",
    "Payment",
    "PricedLine",
    "ReceptionPolicy",
    "RepairOrder",
    "RepairOrderLine",
    "RescueCall",
    "RescueTerms",
    "Signature",
    "Terms",
    "Vehicle",
    "amount_of",
    "check_digit",
    "house_id",
    "invoice_number",
    "ro_number",
]
