"""The nouns of claims and their rules."""

from services.claims.domain.claims import Claim
from services.claims.domain.lines import ClaimPayment, WarrantyLine
from services.claims.domain.numbers import ClaimNumbers
from services.claims.domain.repairs import AuthorisedOrder, Vehicle
from services.claims.domain.tables import Base
from services.claims.domain.warranty import WarrantyPolicy, judge

__all__ = [
    "AuthorisedOrder",
    "Base",
    "Claim",
    "ClaimNumbers",
    "ClaimPayment",
    "Vehicle",
    "WarrantyLine",
    "WarrantyPolicy",
    "judge",
]
