"""The nouns of claims and their rules."""

from services.claims.domain.claims import Claim
from services.claims.domain.lines import ClaimLine, ClaimPayment
from services.claims.domain.numbers import ClaimNumbers
from services.claims.domain.repairs import RepairOrder, Vehicle
from services.claims.domain.tables import Base
from services.claims.domain.warranty import WarrantyPolicy, judge, months_later

__all__ = [
    "Base",
    "Claim",
    "ClaimLine",
    "ClaimNumbers",
    "ClaimPayment",
    "RepairOrder",
    "Vehicle",
    "WarrantyPolicy",
    "judge",
    "months_later",
]
