"""The rules of a claim's life, in memory."""

import pytest

from services.claims.domain import Claim
from shared.database import new_id
from shared.refusal import Invalid, Refused
from tests.claims.words import (
    Repair,
    a_decided_claim,
    a_drafted_claim,
    a_labour_line,
    a_policy,
    a_repair_order,
    a_submitted_claim,
    a_validated_claim,
    a_vehicle,
    approving,
)  # fmt: skip

pytestmark = pytest.mark.usefixtures("at_noon")


def test_a_completed_warranty_job_makes_a_draft_with_what_the_maker_owes() -> None:
    """C1."""
    claim = a_drafted_claim()
    assert (claim.state, claim.claimed_fen, len(claim.claimed_lines)) == ("draft", 112_000, 2)


def test_a_claim_keeps_the_policy_that_it_was_judged_by() -> None:
    """C1: what was judged keeps the version."""
    claim, policy = a_drafted_claim(), a_policy(version=7)
    claim.validate(a_repair_order(), a_vehicle(), [policy], "Asia/Shanghai")
    assert (claim.state, claim.policy_id, claim.policy_version) == ("validated", policy.id, 7)


def test_an_invalid_claim_can_be_mended_and_validated_again() -> None:
    claim = a_drafted_claim()
    claim.validate(a_repair_order(), a_vehicle(), [], "Asia/Shanghai")
    assert claim.state == "invalid"
    claim.validate(a_repair_order(), a_vehicle(), [a_policy()], "Asia/Shanghai")
    assert (claim.state, claim.failures) == ("validated", [])


def test_only_a_validated_claim_can_be_submitted_and_only_once() -> None:
    """C1."""
    with pytest.raises(Refused, match="illegal_transition"):
        a_drafted_claim().submit("SH01-C2026-00001")
    claim = a_validated_claim()
    said = claim.submit("SH01-C2026-00001")
    assert (said.claimed_fen, said.job_id, said.about.subject, said.about.correlation) == (
        112_000,
        claim.id,
        claim.id,
        claim.ro_id,
    )
    with pytest.raises(Refused, match="illegal_transition"):
        claim.submit("SH01-C2026-00002")


def test_a_claim_follows_the_authorisation_until_it_is_submitted() -> None:
    """A change of what was judged makes a draft again; what the maker holds stays as it was."""
    changed = a_labour_line(amount_fen=1)
    claim = a_validated_claim()
    claim.authorise({claim.lines[0].id: changed})
    assert (claim.state, claim.claimed_fen, claim.policy_id) == ("draft", 1, None)
    claim.authorise({})
    assert (claim.state, claim.claimed_fen) == ("expected", 0)
    submitted = a_submitted_claim()
    submitted.authorise({submitted.lines[0].id: changed})
    submitted.complete(Repair().completed(version=99, cause="Something else"))
    assert (submitted.state, submitted.claimed_fen, submitted.cause) == ("submitted", 112_000, "Bearing worn")


@pytest.mark.parametrize(
    ("approved", "outcome"),
    [((24_000, 88_000), "approved"), ((24_000, 87_999), "partially_approved"), ((0, 0), "rejected")],
)
def test_the_outcome_follows_from_the_decision_on_the_lines(approved: tuple[int, int], outcome: str) -> None:
    """C1, C2."""
    claim = a_submitted_claim()
    said = claim.decide(approving(claim, *approved))
    assert (said.outcome, claim.state, said.approved_fen) == (outcome, outcome, sum(approved))
    assert [line.approved_fen for line in said.lines] == list(approved)


def test_a_decision_names_every_line_exactly_once() -> None:
    claim = a_submitted_claim()
    whole = approving(claim, 24_000, 88_000)
    for decisions in (whole[:1], [*whole, whole[0]], [whole[0], (new_id(), 0, None)]):
        with pytest.raises(Invalid, match="lines_not_each_once"):
            claim.decide(decisions)


def test_no_line_is_approved_above_what_was_claimed() -> None:
    claim = a_submitted_claim()
    with pytest.raises(Invalid, match="approved_above_claimed"):
        claim.decide(approving(claim, 24_001, 0))


def test_a_claim_that_was_not_submitted_cannot_be_decided() -> None:
    claim = a_validated_claim()
    with pytest.raises(Refused, match="illegal_transition"):
        claim.decide(approving(claim, 0, 0))


def test_payments_add_up_to_what_was_approved_and_never_exceed_it() -> None:
    """C2: an instalment leaves the claim as it was decided."""
    claim = a_decided_claim(24_000, 50_000)
    said = claim.pay(70_000, "BANK-1")
    assert (claim.state, said.paid_fen, said.open_fen) == ("partially_approved", 70_000, 4_000)
    with pytest.raises(Refused, match="payment_above_open_amount"):
        claim.pay(4_001, "BANK-2")
    said = claim.pay(4_000, "BANK-2")
    assert (claim.state, said.paid_fen, said.open_fen, said.about.version) == ("paid", 74_000, 0, claim.version)
    assert sum(payment.amount_fen for payment in claim.payments) == claim.approved_fen == claim.paid_fen


def test_a_claim_is_paid_short_when_the_maker_pays_its_last_and_something_stays_open() -> None:
    """C2: what is owed, and since when it is short; money that comes against all expectation still counts."""
    claim = a_decided_claim()
    claim.pay(50_000, "BANK-1")
    assert claim.state == "approved"
    claim.pay(60_000, "BANK-2", final=True)
    assert (claim.state, claim.open_fen) == ("short_paid", 2_000)
    claim.pay(1_000, "BANK-3")
    assert claim.state == "short_paid"
    claim.pay(1_000, "BANK-4")
    assert claim.state == "paid"


def test_the_makers_last_payment_of_all_that_is_open_is_not_short() -> None:
    """C2."""
    claim = a_decided_claim()
    claim.pay(112_000, "BANK-1", final=True)
    assert claim.state == "paid"


def test_a_claim_over_nothing_is_not_sent_to_the_maker() -> None:
    """C1: nobody could ever pay it, so it would stay open for good."""
    claim = a_drafted_claim()
    claim.authorise({claim.lines[0].id: a_labour_line(amount_fen=0)})
    claim.validate(a_repair_order(), a_vehicle(), [a_policy()], "Asia/Shanghai")
    assert (claim.state, claim.failures) == ("invalid", ["nothing_claimed"])


def test_the_same_transfer_is_not_recorded_twice() -> None:
    """C2."""
    claim = a_decided_claim()
    claim.pay(10_000, "BANK-1")
    with pytest.raises(Refused, match="payment_recorded_already"):
        claim.pay(10_000, "BANK-1")


@pytest.mark.parametrize("claim", ["rejected", "submitted"])
def test_nothing_is_paid_for_a_claim_that_was_not_approved(claim: str) -> None:
    made: Claim = a_decided_claim(0, 0) if claim == "rejected" else a_submitted_claim()
    with pytest.raises(Refused, match="claim_not_payable"):
        made.pay(1, "BANK-1")
