"""The settlement sheet (结算单): what is billed to whom, in figures and words, and how each request was answered (R8)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol
from uuid import UUID

from services.reception.domain.authorisations import RepairOrderLine
from services.reception.domain.invoices import Invoice
from shared.money import WHOLE_BP, in_words


class Received(Protocol):
    """What the sheet says of its order."""

    @property
    def id(self) -> UUID: ...
    @property
    def ro_no(self) -> str | None: ...
    @property
    def symptoms(self) -> list[dict[str, Any]]: ...


def tax_within(amount_fen: int, tax_bp: int) -> int:
    """The tax that an amount with tax contains, in fen, half up."""
    return (2 * amount_fen * tax_bp + WHOLE_BP + tax_bp) // (2 * (WHOLE_BP + tax_bp))


def settlement_sheet(order: Received, lines: Sequence[RepairOrderLine], invoices: Sequence[Invoice]) -> dict[str, Any]:
    """As JSON values, always the same for the same bill: this is what is shown and signed.  Before the bill is made,
    `invoices` are those that it would have; they have no numbers then."""
    total = sum(line.amount_fen for line in lines)
    return {
        "ro_id": str(order.id),
        "ro_no": order.ro_no,
        "total_fen": total,
        "total_in_words": in_words(total),
        "lines": [
            {
                "ro_line_id": str(line.id),
                "kind": line.kind,
                "code": line.code,
                "description": line.description,
                "amount_fen": line.amount_fen,
                "tax_bp": line.tax_bp,
                "payers": line.by_payer,
                **({"fee_fen": line.fee_fen, "third_party_fen": line.third_party_fen} if line.kind == "agency" else {}),
            }
            for line in lines
        ],
        "payers": [_payer(invoice, lines) for invoice in invoices],
        "requests": [_request(symptom, lines) for symptom in order.symptoms],
    }


def _payer(invoice: Invoice, lines: Sequence[RepairOrderLine]) -> dict[str, Any]:
    known = {line.id: line for line in lines}
    by_rate = Counter[int]()
    for billed in invoice.lines:
        line = known.get(billed.ro_line_id)
        untaxed = line.passed_through(billed.amount_fen) if line else 0
        by_rate[line.tax_bp if line else 0] += billed.amount_fen - untaxed
        if untaxed:
            by_rate[0] += untaxed
    return {
        "payer": invoice.payer,
        "invoice_no": invoice.invoice_no,
        "amount_fen": invoice.amount_fen,
        "amount_in_words": invoice.amount_in_words,
        "credited_fen": invoice.credited_fen,
        "tax": [
            {"tax_bp": rate, "amount_fen": amount, "tax_fen": tax_within(amount, rate)}
            for rate, amount in sorted(by_rate.items())
        ],
    }


def _request(symptom: dict[str, Any], lines: Sequence[RepairOrderLine]) -> dict[str, Any]:
    answers = [line.description for line in lines if line.kind != "part" and line.concern_code == symptom["concern_code"]]
    return {"concern_code": symptom["concern_code"], "answered": bool(answers), "by": answers}
