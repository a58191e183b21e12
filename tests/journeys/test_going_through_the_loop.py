"""The main job: cars of several stores go from check-in to delivery, survey and paid claim."""

from deploy.demo import Outcome


async def test_every_car_finishes_the_loop(outcome: Outcome) -> None:
    """R1 R2 R4 R5 R7 R8 R9 R11 R14 R15 W2 W3 W4 W5 P2 P3 F1 F4 C1 C2: twelve cars, among them every kind of trouble."""
    assert outcome.good, outcome.failures
    told = outcome.summary
    assert told["cars"] == told["delivered"] == told["surveys_answered"] == 12
    assert told["complaints"] >= 1 and told["claims_paid"] >= 1 and told["backorders"] >= 1 and told["reworks"] >= 1
    assert told["appointments"] >= 1 and told["rescues"] >= 1 and told["credit_notes"] >= 1 and told["split_bills"] >= 1
    assert told["supplements_approved"] >= 1 and told["supplements_declined"] >= 1 and told["fleet_on_account"] >= 1
    assert told["members"] >= 1 and told["redemptions"] == 2 * told["members"] and told["ledger_balanced"]
    assert told["packages"] >= 1 and told["discounts"] >= 1 and told["sublets"] >= 1 and told["agency_services"] >= 1
    assert told["dead"] == 0
