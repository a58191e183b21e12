"""What the maker owes for a line that others pay a share of: the fen that stand in the maker's invoice."""

import pytest

from services.claims.domain.lines import warranty_share_fen
from shared.events import PayerShare
from shared.events.reception import AuthorisedLine
from shared.refusal import Refused
from tests.claims.words import a_labour_line


def a_shared_line(amount_fen: int, *shares: tuple[str, int]) -> AuthorisedLine:
    """A line with these payers and shares."""
    payers = [PayerShare.model_validate({"payer": payer, "share_bp": share_bp}) for payer, share_bp in shares]
    return a_labour_line(amount_fen=amount_fen).model_copy(update={"payers": payers})


@pytest.mark.parametrize(
    ("amount_fen", "customer_bp", "warranty_bp", "owed_fen"),
    [(1, 5_000, 5_000, 0), (3, 5_000, 5_000, 1), (101, 2_500, 7_500, 76), (100, 10_000, 0, 0), (99, 0, 10_000, 99)],
)
def test_the_maker_owes_the_fen_that_are_invoiced_and_not_one_that_the_customer_pays(
    amount_fen: int, customer_bp: int, warranty_bp: int, owed_fen: int
) -> None:
    """C1: half a fen goes to one payer only."""
    assert warranty_share_fen(a_shared_line(amount_fen, ("customer", customer_bp), ("warranty", warranty_bp))) == owed_fen


def test_shares_of_one_payer_are_added_up() -> None:
    assert warranty_share_fen(a_shared_line(100, ("warranty", 4_000), ("warranty", 6_000))) == 100


def test_a_line_that_nobody_pays_whole_is_refused() -> None:
    """Such a fact goes to the dead letters at once, instead of up the ladder."""
    with pytest.raises(Refused, match="shares_not_whole"):
        warranty_share_fen(a_shared_line(100, ("warranty", 4_000)))
