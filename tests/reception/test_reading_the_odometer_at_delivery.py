"""What the odometer shows when the key is handed over, when somebody looked."""

from typing import Any

from tests.reception.counter import Counter
from tests.reception.words import labour


async def a_settled_order(counter: Counter) -> dict[str, Any]:
    """Paid by the house, with 42,000 km at check-in."""
    order = await counter.a_finished_order(labour("wash", payer="internal"), odometer_km=42_000)
    settled = await counter.made(f"/repair-orders/{order['id']}/settlement", version=order["etag"])
    return order | {"etag": settled["etag"]}


async def test_a_delivery_without_a_reading_leaves_a_newer_one_alone(counter: Counter) -> None:
    """R2, R9: another store read the odometer since this check-in."""
    order = await a_settled_order(counter)
    again = {
        "vehicle_id": order["vehicle_id"], "customer_id": order["customer_id"], "words": "x", "odometer_km": 42_500,
        "fuel_bp": 1_000,
    }  # fmt: skip
    await counter.made("/stores/sh02/check-ins", again, store="sh02")
    handed_over = await counter.made(f"/repair-orders/{order['id']}/delivery", {}, version=order["etag"])
    assert handed_over["delivery_odometer_km"] is None
    assert (handed_over["vehicle"]["odometer_km"], handed_over["vehicle"]["odometer_store"]) == (42_500, "sh02")


async def test_a_cluster_that_was_replaced_in_the_workshop_is_delivered_with_its_reason(counter: Counter) -> None:
    """R2, R9."""
    order = await a_settled_order(counter)
    path = f"/repair-orders/{order['id']}/delivery"
    answer = await counter.post(path, {"odometer_km": 3}, version=order["etag"])
    assert (answer.status_code, answer.json()["code"]) == (409, "odometer_runs_backwards")
    reason = {"odometer_km": 3, "odometer_reset_reason": "cluster replaced"}
    handed_over = await counter.made(path, reason, version=order["etag"])
    assert (handed_over["delivery_odometer_km"], handed_over["delivery_reset_reason"]) == (3, "cluster replaced")
    assert handed_over["vehicle"]["odometer_km"] == 3
