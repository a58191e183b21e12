"""The front desk hears which promises the workshop will hardly keep, before the customer does."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from services.reception.domain import Base, PromiseRisk
from services.reception.domain.promise_risks import worst
from services.reception.inbox import HEARS
from shared.database import Database, new_id
from shared.events import Event
from tests.convergence import every_order_leads_to_one_state
from tests.reception.counter import Counter, Told
from tests.reception.words import NOON, at_risk, completed, labour

pytestmark = pytest.mark.usefixtures("at_noon")
LATER = NOON + timedelta(days=1)


async def read(counter: Counter, order: Told) -> Told:
    return dict((await counter.get(f"/repair-orders/{order['id']}")).json())


async def listed(counter: Counter, order: Told, *, answer: str = "true") -> bool:
    """Whether the list of orders at risk shows it; of its car only, since other tests have orders."""
    query = {"at_risk": answer, "vehicle_id": order["vehicle_id"]}
    page = (await counter.get("/repair-orders", **query)).json()
    return order["id"] in [item["id"] for item in page["items"]]


def promised(order: Told) -> datetime:
    return datetime.fromisoformat(order["promised_at"])


async def test_a_promise_at_risk_is_shown_until_another_time_is_promised(counter: Counter) -> None:
    """W1, W2: the advisor calls the customer before the customer calls."""
    order = await counter.an_authorised_order(labour("brakes"))
    ro, job = UUID(order["id"]), UUID(order["lines"][0]["id"])
    assert (order["promise_risk"], await listed(counter, order)) == (None, False)
    predicted = promised(order) + timedelta(minutes=40)
    await counter.hear(at_risk(job, ro, promised(order), level="late", predicted_at=predicted, reason="too_much_work"))
    now = await read(counter, order)
    assert now["promise_risk"] | {"predicted_at": datetime.fromisoformat(now["promise_risk"]["predicted_at"])} == {
        "level": "late", "job_id": str(job), "promised_at": order["promised_at"], "predicted_at": predicted,
        "reason": "too_much_work", "seen_at": now["promise_risk"]["seen_at"],
    }  # fmt: skip
    assert (await listed(counter, order), await listed(counter, order, answer="false")) == (True, False)
    assert now["version"] == order["version"], "who is about to act on the order is not told that it changed"
    body = {"promised_at": LATER.isoformat(), "reason_code": "workshop"}
    moved = await counter.made(f"/repair-orders/{ro}/promise", body, version=now["version"])
    assert (moved["promise_risk"], await listed(counter, order)) == (None, False)
    await counter.hear(at_risk(job, ro, LATER, 2))
    assert (await read(counter, order))["promise_risk"]["level"] == "at_risk"


async def test_nothing_is_at_risk_once_the_job_is_completed(counter: Counter) -> None:
    """W2: of two jobs the other may still be."""
    order = await counter.an_authorised_order(labour("brakes"), labour("wash"))
    ro, (brakes, wash) = UUID(order["id"]), (UUID(line["id"]) for line in order["lines"])
    soon, late = promised(order), promised(order) + timedelta(hours=1)
    await counter.hear(at_risk(brakes, ro, soon, level="late", predicted_at=late), at_risk(wash, ro, soon))
    assert (await read(counter, order))["promise_risk"]["job_id"] == str(brakes)
    await counter.hear(completed(brakes, ro))
    assert (await read(counter, order))["promise_risk"]["job_id"] == str(wash)
    await counter.hear(completed(wash, ro))
    assert ((await read(counter, order))["promise_risk"], await listed(counter, order)) == (None, False)


async def test_what_was_said_last_counts_in_whatever_order_it_is_heard(counter: Counter) -> None:
    """R8, W2: also where the workshop was restored, and whether the job is completed before or after."""
    order = await counter.an_authorised_order(labour("brakes"), labour("wash"))
    ro, (brakes, wash) = UUID(order["id"]), (UUID(line["id"]) for line in order["lines"])
    soon = promised(order)
    facts: list[Event] = [
        at_risk(brakes, ro, soon, 1), at_risk(brakes, ro, soon, 2, level="late"),
        at_risk(brakes, ro, soon, 1, epoch=2, reason="no_technician"), at_risk(wash, ro, soon), completed(wash, ro),
    ]  # fmt: skip
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=counter.database, metadata=Base.metadata,
        ignoring=["repair_orders.version", "repair_orders.state_seq"],
    )  # fmt: skip
    [found] = [row for row in state["promise_risks"] if row["id"] == brakes]
    assert (found["told_epoch"], found["told_version"], found["reason"]) == (2, 1, "no_technician")
    await counter.hear(*reversed(facts))
    assert (await read(counter, order))["promise_risk"]["job_id"] == str(brakes)


async def test_what_is_said_of_an_order_that_is_not_known_here_is_kept(database: Database, counter: Counter) -> None:
    """R8: nothing waits for anything."""
    fact = at_risk(new_id(), new_id(), NOON)
    await counter.hear(fact)
    async with database.hearing() as session:
        kept = await session.get_one(PromiseRisk, fact.about.subject)
    assert (kept.ro_id, kept.level) == (fact.ro_id, "at_risk")


def test_the_worst_job_is_what_delays_the_order() -> None:
    """W2: late before at risk, unknown before known, later before earlier."""

    def risk(level: str, hours: int | None) -> PromiseRisk:
        at = None if hours is None else NOON + timedelta(hours=hours)
        return PromiseRisk(id=new_id(), store_id="sh01", level=level, predicted_at=at)

    ranked = [risk("late", None), risk("late", 3), risk("late", 2), risk("at_risk", None), risk("at_risk", 5)]
    while ranked:
        assert worst(reversed(ranked)) is ranked[0]
        ranked = ranked[1:]
    assert worst([]) is None
