"""Money between payers: integer fen, no fen lost or made."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reception.domain import RepairOrderLine
from services.reception.domain.invoices import bill
from shared.database import new_id
from shared.money import split
from tests.reception.words import STORE, shares

pytestmark = pytest.mark.usefixtures("at_noon")
PAYERS = ("customer", "warranty", "insurance", "internal")
in_any_test = settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def some_shares(draw: st.DrawFn) -> dict[str, int]:
    """Shares of one to four payers that add up to 10,000."""
    payers = draw(st.lists(st.sampled_from(PAYERS), min_size=1, max_size=4, unique=True))
    cuts = sorted(draw(st.lists(st.integers(0, 10_000), min_size=len(payers) - 1, max_size=len(payers) - 1)))
    return {payer: high - low for payer, low, high in zip(payers, [0, *cuts], [*cuts, 10_000], strict=True)}


@in_any_test
@given(st.integers(0, 10**13), some_shares())
def test_a_split_amount_adds_up_and_nobody_is_a_fen_off(amount_fen: int, by: dict[str, int]) -> None:
    """Reliability promise 5."""
    parts = split(amount_fen, by)
    assert sum(parts.values()) == amount_fen
    assert all(abs(parts[payer] * 10_000 - amount_fen * by[payer]) < 10_000 for payer in by)
    assert all(parts[payer] == 0 for payer in by if by[payer] == 0)


def test_the_left_over_fen_goes_to_the_largest_remainder() -> None:
    assert split(100, {"customer": 3_333, "insurance": 3_334, "warranty": 3_333}) == {
        "customer": 33, "insurance": 34, "warranty": 33,
    }  # fmt: skip
    assert split(1, {"warranty": 5_000, "customer": 5_000}) == {"customer": 1, "warranty": 0}


@in_any_test
@given(st.lists(st.tuples(st.integers(0, 10**9), some_shares()), min_size=1, max_size=12))
def test_the_invoices_of_an_order_add_up_to_its_total_whatever_the_splits(lines: list[tuple[int, dict[str, int]]]) -> None:
    """R8: sums proven equal, one invoice per payer, for shares that will only be accepted later, too."""
    ro = new_id()
    agreed = [_a_line(ro, position, amount_fen, by) for position, (amount_fen, by) in enumerate(lines)]
    invoices = bill(ro, STORE, agreed)
    assert sum(invoice.amount_fen for invoice in invoices) == sum(amount_fen for amount_fen, _ in lines)
    assert len({invoice.payer for invoice in invoices}) == len(invoices)
    for invoice in invoices:
        assert invoice.amount_fen == sum(line.amount_fen for line in invoice.lines) == invoice.open_fen


def _a_line(ro: Any, position: int, amount_fen: int, by: dict[str, int]) -> RepairOrderLine:
    return RepairOrderLine(
        id=new_id(), store_id=STORE, ro_id=ro, position=position, kind="labour", op_code="A-1", description="a job",
        flat_hours_milli=1_000, unit_price_fen=amount_fen, amount_fen=amount_fen, tax_bp=600, payers=shares(by),
    )  # fmt: skip
