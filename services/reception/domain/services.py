"""Lines without a job of the house: sublet work (外加工), which another firm does, and agency services (代办, R15) – insurance
renewal, annual inspection, licence and finance paperwork."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

SERVICES = ("sublet", "agency")
"""Kinds of such lines.  Neither workshop nor parts has to do with them; they are done when somebody says so."""
AGENCY: Mapping[str, str] = MappingProxyType(
    {"insurance_renewal": "保险续保代办", "annual_inspection": "年检代办", "licence": "牌证代办", "finance": "金融代办"}
)
"""Services, and what they are called where the advisor says nothing else."""


def agency_wording(told: Mapping[str, Any], tax_bp: int) -> dict[str, Any]:
    """An agency line as it stands in an estimate: the customer pays the fee and what is passed through."""
    wording = {name: value for name, value in told.items() if name != "service"}
    return wording | {
        "op_code": told["service"],
        "description": told["description"] or AGENCY[told["service"]],
        "unit_price_fen": told["fee_fen"] + told["third_party_fen"],
        "tax_bp": tax_bp if told["tax_bp"] is None else told["tax_bp"],
    }
