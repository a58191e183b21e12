"""The main job: cars of several stores go from check-in to delivery, survey and paid claim."""

from deploy.demo import Outcome


async def test_every_car_finishes_the_loop(outcome: Outcome) -> None:
    """R2 R4 R5 R7 R8 R9 W2 W3 W5 P2 P3 F1 F4 C1 C2: twelve cars, among them every kind of trouble."""
    assert outcome.good, outcome.failures
    told = outcome.summary
    assert told["cars"] == told["delivered"] == told["surveys_answered"] == 12
    assert told["complaints"] >= 1 and told["claims_paid"] >= 1 and told["backorders"] >= 1 and told["reworks"] >= 1
    assert told["dead"] == 0
