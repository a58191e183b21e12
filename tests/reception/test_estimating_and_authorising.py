"""Estimates are priced to the fen; what the customer agreed to is frozen and provable."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reception.domain import RepairOrderLine, amount_of
from services.reception.domain.authorisations import as_kept, digest_of
from shared.refusal import Invalid, Refused
from tests.reception.words import NOON, a_draft, a_labour_line, a_part_line, authorised

pytestmark = pytest.mark.usefixtures("at_noon")


@pytest.mark.parametrize(
    ("thousandths", "unit_price_fen", "fen"),
    [(800, 30_000, 24_000), (500, 1, 1), (499, 1, 0), (1_500, 333, 500), (4_500, 6_999, 31_496), (1, 0, 0)],
)
def test_amounts_are_rounded_half_up_once(thousandths: int, unit_price_fen: int, fen: int) -> None:
    assert amount_of(thousandths, unit_price_fen) == fen


@given(st.integers(1, 10**9), st.integers(0, 10**13))
def test_an_amount_is_never_more_than_half_a_fen_off(thousandths: int, unit_price_fen: int) -> None:
    assert -500 < amount_of(thousandths, unit_price_fen) * 1000 - thousandths * unit_price_fen <= 500


@pytest.mark.parametrize(
    ("payers", "code"),
    [
        ({}, "line_without_payer"),
        ({"customer": 9_999}, "payer_shares_wrong"),
    ],
)
def test_a_line_needs_payers_who_pay_all_of_it(payers: dict[str, int], code: str) -> None:
    """R5."""
    job = a_labour_line()
    with pytest.raises(Invalid) as refused:
        a_draft().propose([job, a_part_line(job, payers=payers)])
    assert (refused.value.code, refused.value.field) == (code, "body.lines.1.payers")


def test_an_amount_beyond_all_sense_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        a_draft().propose([a_labour_line(flat_hours_milli=10**6, unit_price_fen=10**13)])
    assert refused.value.code == "amount_too_large"


def test_a_new_estimate_takes_the_place_of_the_one_before() -> None:
    """R5."""
    order = a_draft()
    first, second = order.propose([a_labour_line()]), order.propose([a_labour_line(unit_price_fen=40_000)])
    assert (first.number, second.number, order.estimate_no, second.total_fen) == (1, 2, 2, 32_000)


def test_nothing_can_be_estimated_any_more_once_it_is_authorised() -> None:
    order = a_draft()
    authorised(order, a_labour_line())
    with pytest.raises(Refused) as refused:
        order.propose([a_labour_line()])
    assert (refused.value.code, order.estimate_no) == ("illegal_transition", 1)


def test_an_order_cannot_be_authorised_without_a_promised_time() -> None:
    """R5: price and delivery time are agreed before work starts."""
    order = a_draft(promised_at=None)
    lines = [RepairOrderLine.agreed(line) for line in order.propose([a_labour_line()]).lines]
    with pytest.raises(Invalid) as refused:
        order.authorise(lines, "SH01-20261121-0001", None)
    assert refused.value.code == "promise_missing"
    with pytest.raises(Invalid) as refused:
        order.authorise(lines, "SH01-20261121-0001", NOON - timedelta(minutes=1))
    assert refused.value.code == "promise_in_the_past"
    said = order.authorise(lines, "SH01-20261121-0001", NOON + timedelta(hours=2))
    assert (said.promised_at, order.state) == (NOON + timedelta(hours=2), "authorised")


def test_authorised_work_names_for_every_part_the_job_that_it_serves() -> None:
    """R7."""
    order, job = a_draft(), a_labour_line(payers={"warranty": 10_000})
    lines = authorised(order, job, a_part_line(job))
    assert [(line.kind, line.labour_line_id) for line in lines] == [("labour", None), ("part", job.id)]
    assert (order.ro_no, order.total_fen) == ("SH01-20261121-0007", 24_000 + 45_500)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["amount_fen", "unit_price_fen", "payers", "op_code", "flat_hours_milli", "description"]))
def test_the_digest_of_what_was_agreed_changes_with_every_word_of_it(changed: str) -> None:
    """R5: the proof covers lines, prices, payers and the promised time."""
    order = a_draft()
    lines = authorised(order, a_labour_line())
    agreed = digest_of(order.agreement(lines))
    assert agreed == digest_of(order.agreement(lines)) == digest_of(as_kept(order.agreement(lines)))
    setattr(lines[0], changed, "another")
    if changed == "amount_fen":
        lines[0].amount_fen = 1
    assert digest_of(order.agreement(lines)) != agreed
