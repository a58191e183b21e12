"""What a car waits for is opened and closed by what others say, never by hand (W1)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.workshop.domain import Base
from services.workshop.inbox import HEARS
from shared import clock
from shared.cause import Cause, bound
from shared.database import Database, new_id
from shared.events import About, Event
from shared.events.reception import LineDecision, SupplementDecided
from tests.convergence import every_order_leads_to_one_state
from tests.workshop.shop import Shop
from tests.workshop.words import (
    BY_THE_CLOCK,
    NOON,
    STORE,
    a_delivery,
    a_labour_line,
    a_lending,
    a_part_line,
    a_price,
    a_taking_back,
    authorised_work,
    backordered,
    issued,
    reserved,
)

HOUR = timedelta(hours=1)


def _told(fact: Event, **when: datetime) -> Event:
    return fact.model_copy(update=when)


async def _held(database: Database, ro: UUID, *facts: Event) -> list[tuple[str, datetime, datetime | None]]:
    """Reason, from, to: as every order of these facts leaves them."""
    ignoring = ["state_seq", "jobs.version", "sublets.version", "supplements.version", *BY_THE_CLOCK]
    with clock.stopped(NOON + 9 * HOUR), bound(Cause(new_id(), "user:test", (STORE,))):
        state = await every_order_leads_to_one_state(
            facts, service="workshop", hears=HEARS, database=database, metadata=Base.metadata, ignoring=ignoring
        )
    return [(row["reason"], row["opened_at"], row["closed_at"]) for row in state["holds"] if row["ro_id"] == ro]


async def test_a_job_waits_for_parts_from_the_shortage_to_the_arrival(database: Database) -> None:
    """W1, promise 8: twice short, twice there, whatever is heard first; how long it was short is what parts says."""
    ro, labour = new_id(), a_labour_line()
    part = a_part_line(labour.ro_line_id)
    facts = [
        authorised_work(labour, part, ro_id=ro),
        _told(backordered(part, ro), backordered_at=NOON + HOUR),
        _told(reserved(part, ro, version=2), reserved_at=NOON + 3 * HOUR),
        _told(backordered(part, ro, version=3), backordered_at=NOON + 4 * HOUR),
        _told(issued(part, ro, version=4), issued_at=NOON + 8 * HOUR),
    ]
    found = await _held(database, ro, *facts)
    assert found == [("wait_parts", NOON + HOUR, NOON + 3 * HOUR), ("wait_parts", NOON + 4 * HOUR, NOON + 8 * HOUR)]
    assert await _held(database, ro, *facts[:4]) == [found[0], ("wait_parts", NOON + 4 * HOUR, None)]


async def test_nobody_waits_for_what_was_called_off_or_has_left(database: Database) -> None:
    """The part is withdrawn: the wait ends when that is heard.  The car leaves: it ends then."""
    ro, labour = new_id(), a_labour_line()
    part = a_part_line(labour.ro_line_id)
    short = _told(backordered(part, ro), backordered_at=NOON + HOUR)
    withdrawn = [authorised_work(labour, part, ro_id=ro), short, authorised_work(labour, ro_id=ro, version=3)]
    assert await _held(database, ro, *withdrawn) == [("wait_parts", NOON + HOUR, NOON + 9 * HOUR)]
    gone = _told(a_delivery(ro), delivered_at=NOON + 2 * HOUR)
    assert await _held(database, ro, withdrawn[0], short, gone) == [("wait_parts", NOON + HOUR, NOON + 2 * HOUR)]


async def test_the_customer_has_the_car_while_it_waits(database: Database) -> None:
    """W1 (待料-车辆已还): twice, the second time until the order ended."""
    ro, labour = new_id(), a_labour_line()
    found = await _held(
        database,
        ro,
        authorised_work(labour, ro_id=ro),
        a_lending(ro, version=3, at=NOON + HOUR),
        a_taking_back(ro, version=4, at=NOON + 2 * HOUR),
        a_lending(ro, version=5, at=NOON + 3 * HOUR),
        _told(a_delivery(ro), delivered_at=NOON + 5 * HOUR),
    )
    assert found == [("lent_back", NOON + HOUR, NOON + 2 * HOUR), ("lent_back", NOON + 3 * HOUR, NOON + 5 * HOUR)]


def _decided(supplement: UUID, ro: UUID, job: UUID, at: datetime) -> SupplementDecided:
    return SupplementDecided(
        about=About(subject=supplement, version=3, store_id=STORE, correlation=ro), ro_id=ro, job_id=job,
        decisions=[LineDecision(line_id=new_id(), decision="declined")], approved_fen=0, channel="phone", decided_at=at,
    )  # fmt: skip


async def test_the_customer_is_waited_for_from_the_price_to_the_answer(database: Database) -> None:
    """W1, W4: a second price changes nothing."""
    ro, labour, supplement = new_id(), a_labour_line(), new_id()
    facts = [
        authorised_work(labour, ro_id=ro),
        a_price(supplement, ro, at=NOON + HOUR),
        a_price(supplement, ro, number=3, at=NOON + 2 * HOUR),
        _decided(supplement, ro, labour.ro_line_id, NOON + 4 * HOUR),
    ]
    assert await _held(database, ro, *facts) == [("wait_customer", NOON + HOUR, NOON + 4 * HOUR)]


FOUND = {"lines": [{"kind": "part", "part_no": "GREASE", "quantity_milli": 100, "severity": "advice", "finding": "dry"}]}


async def test_a_finding_waits_for_the_advisor_then_for_the_customer(shop: Shop) -> None:
    """W1, W4: the job shows for whom, and since when; nobody closes it by hand."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    ro = UUID((await shop.read(job))["job"]["ro_id"])
    await shop.done(job, "start", hand.headers)
    proposed = (await shop.ask(job, "supplements", hand.headers, FOUND)).json()

    async def holds() -> list[tuple[str, bool]]:
        return [(each["reason"], each["closed_at"] is None) for each in (await shop.read(job))["holds"]]

    assert await holds() == [("wait_advisor", True)]
    proposed_at = datetime.fromisoformat(proposed["proposed_at"])
    asked_at = proposed_at + timedelta(minutes=9)
    await shop.hear(a_price(UUID(proposed["id"]), ro, at=asked_at))
    assert await holds() == [("wait_advisor", False), ("wait_customer", True)]
    await shop.hear(_decided(UUID(proposed["id"]), ro, job, asked_at + HOUR))
    assert await holds() == [("wait_advisor", False), ("wait_customer", False)]


async def _on_the_board(shop: Shop, job: UUID) -> dict[str, Any]:
    answer = await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return next(each for each in answer.json()["jobs"] if each["job_id"] == str(job))


async def test_the_board_shows_what_each_job_waits_for(shop: Shop) -> None:
    """W1: two parts that are short are one wait; a paused job says when its parts are here."""
    ro, labour = new_id(), a_labour_line()
    parts = [a_part_line(labour.ro_line_id) for _ in range(2)]
    hand, job = await shop.a_hand(), labour.ro_line_id
    await shop.hear(authorised_work(labour, *parts, ro_id=ro), *(reserved(part, ro) for part in parts))
    await shop.dispatched(hand, job)
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "pause", hand.headers, {"reason": "wait_parts"})
    lasting = [_told(backordered(part, ro, version=2), backordered_at=NOON - n * HOUR) for n, part in enumerate(parts, start=1)]
    await shop.hear(*lasting)
    shown = await _on_the_board(shop, job)
    assert [(each["reason"], datetime.fromisoformat(each["since"])) for each in shown["holds"]] == [
        ("wait_parts", NOON - 2 * HOUR)
    ]
    assert shown["hold_reason"] == "wait_parts"
    await shop.hear(*(reserved(part, ro, version=3) for part in parts))
    shown = await _on_the_board(shop, job)
    assert (shown["holds"], shown["hold_reason"]) == ([], "parts_here")


async def test_a_car_that_its_customer_has_frees_its_bay_and_stops_the_clock(shop: Shop) -> None:
    """W1, W3, C7: no clock runs for a car that is not here; what goes on later gets a bay again."""
    ro, lines = new_id(), [a_labour_line(), a_labour_line()]
    await shop.hear(authorised_work(*lines, ro_id=ro))
    hands = [await shop.a_hand(), await shop.a_hand()]
    begun, given = (line.ro_line_id for line in lines)
    for job, hand in zip((begun, given), hands, strict=True):
        await shop.dispatched(hand, job)
    await shop.done(begun, "start", hands[0].headers)
    at, lent_before = clock.now() + timedelta(seconds=1), await _lent(shop)
    await shop.hear(a_lending(ro, version=5, at=at))
    begun_now, given_now = [(await shop.read(job))["job"] for job in (begun, given)]
    assert (begun_now["state"], begun_now["bay"], begun_now["hold_reason"]) == ("paused", None, "car_away")
    assert (given_now["state"], given_now["technician"], given_now["bay"]) == ("ready", None, None)
    assert await _refused(shop, begun, "start", hands[0].headers) == "car_not_here"
    assert await _lent(shop) == lent_before + 1
    assert [each["reason"] for each in (await _on_the_board(shop, given))["holds"]] == ["lent_back"]
    await shop.hear(a_taking_back(ro, version=6, at=at + HOUR))
    assert await _lent(shop) == lent_before
    assert [(await shop.read(job))["job"]["hold_reason"] for job in (begun, given)] == ["car_here", None]
    assert await _refused(shop, begun, "start", hands[0].headers) == "no_bay"
    await shop.dispatched(hands[0], begun)
    await shop.done(begun, "start", hands[0].headers)


async def test_nobody_judges_work_on_a_car_that_is_not_here(shop: Shop) -> None:
    """W5: there is nothing to look at, and nothing to drive."""
    ro, labour, hand = new_id(), a_labour_line(), await shop.a_hand()
    await shop.hear(authorised_work(labour, ro_id=ro))
    await shop.finished(hand, labour.ro_line_id)
    await shop.hear(a_lending(ro, version=5))
    passed = {"result": "passed", "road_test_km": 3}
    assert await _refused(shop, labour.ro_line_id, "inspections", shop.inspector, passed) == "car_not_here"
    await shop.hear(a_taking_back(ro, version=6))
    await shop.done(labour.ro_line_id, "inspections", shop.inspector, passed)


async def _lent(shop: Shop) -> int:
    answer = await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)
    return int(answer.json()["cars_lent_back"])


async def _refused(shop: Shop, job: UUID, action: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> str:
    answer = await shop.ask(job, action, headers, body)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


async def test_a_car_whose_work_stands_makes_room(shop: Shop) -> None:
    """W1: another car gets the bay; nobody pushes out a car that is worked on."""
    first, second = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(first)
    assert await _refused(shop, job, "leaving-bay", shop.dispatcher) == "illegal_transition"
    await shop.done(job, "start", first.headers)
    assert await _refused(shop, job, "leaving-bay", shop.dispatcher) == "illegal_transition"
    await shop.done(job, "pause", first.headers, {"reason": "wait_tool"})
    assert (await shop.done(job, "leaving-bay", shop.dispatcher))["bay"] is None
    assert await _refused(shop, job, "leaving-bay", shop.dispatcher) == "no_bay"
    other = await shop.a_ready_job()
    await shop.done(other, "dispatch", shop.dispatcher, shop.given_to(second, bay=first.bay))
