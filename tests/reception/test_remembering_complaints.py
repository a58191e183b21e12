"""A complaint is on the advisor's screen at the customer's next visit, once, in whichever store that is."""

from uuid import UUID, uuid4

from tests.reception.counter import Counter
from tests.reception.words import a_complaint


async def test_the_next_check_in_after_a_complaint_is_flagged(counter: Counter) -> None:
    """F4, R2."""
    customer = await counter.a_customer()
    assert not (await counter.a_check_in(customer=customer))["open_complaint"]

    complaint = a_complaint(UUID(customer["id"]), uuid4())
    await counter.hear(complaint)
    flagged = await counter.a_check_in(customer=customer, store="sh02")
    assert flagged["open_complaint"]

    await counter.hear(complaint)
    assert not (await counter.a_check_in(customer=customer))["open_complaint"]
