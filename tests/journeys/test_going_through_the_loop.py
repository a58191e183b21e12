"""The main job: cars of several stores go from check-in to delivery, survey and paid claim."""

from time import monotonic

from deploy.demo import drive
from deploy.installation import Services
from deploy.local.processes import say_on_stderr


async def test_every_car_finishes_the_loop(group: Services) -> None:
    """R2 R4 R5 R7 R8 R9 W2 W3 W5 P2 P3 F1 F4 C1 C2: twelve cars, among them every kind of trouble."""
    outcome = await drive(group.urls, 12, seed=7, began=monotonic(), say=say_on_stderr)
    assert outcome.good, outcome.failures
    told = outcome.summary
    assert told["cars"] == told["delivered"] == told["surveys_answered"] == 12
    assert told["complaints"] >= 1 and told["claims_paid"] >= 1 and told["backorders"] >= 1 and told["reworks"] >= 1
    assert told["dead"] == 0
