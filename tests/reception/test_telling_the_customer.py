"""Every order has a timeline that its customer could read, in Chinese and English, and it is the same in whatever order the
facts were heard."""

from datetime import datetime, timedelta
from string import Formatter
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.reception.domain import Base, RepairOrder
from services.reception.domain.sentences import HEADLINES, LANGUAGES, SENTENCES, in_all_languages
from services.reception.inbox import HEARS
from services.reception.queries.timeline import progress_of
from shared import clock
from shared.database import Database, new_id
from shared.events import About, Event
from shared.events.workshop import SupplementLine, SupplementProposed
from shared.inbox.applying import apply_within
from tests.convergence import every_order_leads_to_one_state
from tests.facts import heard
from tests.reception.counter import Counter, Told
from tests.reception.words import (
    NOON,
    backordered,
    completed,
    dispatched,
    issued,
    labour,
    part,
    quality_failed,
    reserved,
    set_back,
    shares,
)  # fmt: skip

HOUR = timedelta(hours=1)


async def progress(counter: Counter, order: Told, *roles: str) -> Told:
    answer = await counter.get(f"/repair-orders/{order['id']}/progress", *roles, store=order["store_id"])
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def codes(told: Told) -> list[str]:
    return [entry["code"] for entry in told["entries"]]


def at(fact: Event, field: str, moment: datetime) -> Event:
    return fact.model_copy(update={field: moment})


async def test_the_customer_reads_what_happens_without_asking(counter: Counter) -> None:
    """R6, W6: from the arrival to the key, with the technician's cause and correction in plain words."""
    with clock.stopped(NOON):
        order = await counter.an_authorised_order(promised_at="2026-11-21T16:00:00+08:00")
    ro = UUID(order["id"])
    brakes, pads = (UUID(line["id"]) for line in order["lines"])
    told = await progress(counter, order)
    assert codes(told) == ["received", "inspected", "estimated", "authorised"]
    assert (told["headline"]["code"], told["headline"]["sentences"]["zh-CN"]) == (
        "planned", "已同意维修，等待施工，预计 11月21日 16:00 交车。",
    )  # fmt: skip
    assert told["entries"][0]["sentences"] == {
        "zh-CN": "车辆已接待，里程 42,000 公里。", "en": "We received your car at 42,000 km.",
    }  # fmt: skip
    assert told["entries"][2]["sentences"]["en"] == "Estimate 1 is ready: CN¥695.00 in all, awaiting your answer."
    assert told["entries"][2]["sentences"]["zh-CN"] == "第 1 版估价单已出，合计 ¥695.00，等待您确认。"

    short = at(backordered(pads, ro, 1), "backordered_at", NOON + HOUR)
    await counter.hear(short)
    told = await progress(counter, order)
    assert (told["headline"]["code"], told["headline"]["waiting_for_parts"]) == ("waiting_for_parts", True)
    assert datetime.fromisoformat(told["headline"]["waiting_for_parts_until"]) == NOON + timedelta(days=3)
    assert told["headline"]["sentences"] == {
        "zh-CN": "等待配件，预计 11月24日 12:00 到货。", "en": "Waiting for a part, expected by Nov 24 12:00.",
    }  # fmt: skip
    assert told["entries"][-1]["sentences"]["en"] == "Front brake pads: the part is on order, expected by Nov 24 12:00."

    await counter.hear(
        at(reserved(pads, ro, 2), "reserved_at", NOON + 2 * HOUR),
        at(issued(pads, ro, 3), "issued_at", NOON + 3 * HOUR),
        at(dispatched(brakes, ro, 2), "dispatched_at", NOON + 4 * HOUR),
        at(quality_failed(brakes, ro, 4), "failed_at", NOON + 5 * HOUR),
    )
    told = await progress(counter, order)
    assert codes(told)[4:] == ["parts_backordered", "parts_reserved", "parts_issued", "job_dispatched", "quality_failed"]
    assert (told["headline"]["code"], told["headline"]["waiting_for_parts_until"]) == ("in_work", None)

    done = at(completed(brakes, ro, 8, reworks=1), "completed_at", NOON + 6 * HOUR)
    await counter.hear(done.model_copy(update={"cause": "刹车片磨损到极限", "correction": "更换前刹车片并试车 {ok}"}))
    told = await progress(counter, order)
    assert codes(told)[-2:] == ["job_completed", "ready"]
    after_talk = told["entries"][-2]
    assert after_talk["ro_line_id"] == str(brakes)
    assert after_talk["sentences"]["zh-CN"] == (
        "Replace front brake pads：已完成并通过质检。原因：刹车片磨损到极限；处理：更换前刹车片并试车 {ok}。"
    )
    assert told["headline"]["code"] == "ready"
    assert datetime.fromisoformat(told["entries"][-1]["at"]) == NOON + 6 * HOUR

    finished = (await counter.get(f"/repair-orders/{ro}")).json()
    with clock.stopped(NOON + 7 * HOUR):
        await counter.delivered(finished | {"etag": finished["version"]})
    told = await progress(counter, order)
    assert codes(told)[-4:] == ["job_completed", "ready", "settled", "delivered"]
    assert told["headline"]["code"] == "delivered"
    assert [entry["at"] for entry in told["entries"]] == sorted(entry["at"] for entry in told["entries"])


async def test_the_workshop_s_people_read_it_too_and_it_names_nobody(counter: Counter) -> None:
    """W6: the front desk and the workshop look at the same."""
    order = await counter.an_authorised_order()
    told = await progress(counter, order, "dispatcher")
    assert len(told["entries"]) == 4
    assert [secret for secret in ("王芳", "13800138000", order["plate"], order["vehicle"]["vin"]) if secret in str(told)] == []


async def test_another_promise_is_told(counter: Counter) -> None:
    """R6."""
    order = await counter.an_authorised_order(promised_at="2099-11-21T16:00:00+08:00")
    later = {"promised_at": "2099-11-22T10:30:00+08:00", "reason_code": "waiting_parts"}
    await counter.made(f"/repair-orders/{order['id']}/promise", later, version=order["etag"])
    told = await progress(counter, order)
    assert told["entries"][-1]["sentences"] == {
        "zh-CN": "交车时间改为 11月22日 10:30。", "en": "Your car should now be ready by Nov 22 10:30.",
    }  # fmt: skip
    assert "10:30" in told["headline"]["sentences"]["en"]


async def test_additional_work_is_told_with_its_price_and_what_was_decided(counter: Counter) -> None:
    """R6, W4."""
    order = await counter.an_authorised_order()
    job = next(UUID(line["id"]) for line in order["lines"] if line["kind"] == "labour")
    found = SupplementLine(
        line_id=new_id(),
        kind="labour",
        op_code="DISCS",
        flat_hours_milli=1_000,
        severity="soon",
        finding="discs below the limit",
    )
    fact = SupplementProposed(
        about=About(subject=new_id(), version=1, store_id="sh01", correlation=UUID(order["id"])), ro_id=UUID(order["id"]),
        job_id=job, technician="T1", lines=[found], proposed_at=NOON,
    )  # fmt: skip
    await counter.hear(fact)
    path = f"/supplements/{fact.about.subject}"
    line = {"line_id": str(found.line_id), "description": "Brake discs", "unit_price_fen": 20_000, "payers": shares(None)}
    version = (await counter.get(path)).json()["version"]
    priced = await counter.made(f"{path}/estimate", {"lines": [line]}, version=version)
    agreed = {"channel": "phone", "evidence": "call 7", "authorised_by": "王芳"}
    await counter.made(f"{path}/decision", agreed, version=priced["etag"])
    told = await progress(counter, order)
    assert codes(told)[-2:] == ["supplement_offered", "supplement_decided"]
    assert [entry["sentences"]["zh-CN"] for entry in told["entries"][-2:]] == [
        "技师发现需要增项，报价 ¥200.00，等待您确认；没有您的同意我们不会施工。",
        "增项已按您的意见处理，同意的金额为 ¥200.00。",
    ]


async def test_a_part_that_nobody_knows_the_arrival_of_is_said_so(counter: Counter) -> None:
    order = await counter.an_authorised_order()
    pads = next(UUID(line["id"]) for line in order["lines"] if line["kind"] == "part")
    await counter.hear(backordered(pads, UUID(order["id"]), 1).model_copy(update={"eta_at": None}))
    told = await progress(counter, order)
    assert (told["headline"]["waiting_for_parts"], told["headline"]["waiting_for_parts_until"]) == (True, None)
    assert told["headline"]["sentences"]["zh-CN"] == "等待配件，到货时间待定。"
    assert next(entry for entry in told["entries"] if entry["code"] == "parts_backordered")["sentences"]["en"] == (
        "Front brake pads: the part is on order; we do not know yet when it comes."
    )


async def test_of_several_awaited_parts_the_last_counts(counter: Counter) -> None:
    order = await counter.an_authorised_order(labour("brakes"), part("brakes"), part("brakes", part_no="B"))
    ro = UUID(order["id"])
    pads, discs = (UUID(line["id"]) for line in order["lines"] if line["kind"] == "part")
    later = NOON + timedelta(days=5)
    await counter.hear(backordered(pads, ro, 1), backordered(discs, ro, 1).model_copy(update={"eta_at": later}))
    assert datetime.fromisoformat((await progress(counter, order))["headline"]["waiting_for_parts_until"]) == later
    await counter.hear(reserved(discs, ro, 2))
    told = (await progress(counter, order))["headline"]
    assert datetime.fromisoformat(told["waiting_for_parts_until"]) == NOON + timedelta(days=3)


@pytest.mark.usefixtures("at_noon")
async def test_the_timeline_is_the_same_in_any_order_of_the_facts(counter: Counter, database: Database) -> None:
    """Ruling 8: also of facts that come before the order is known to have these lines, and of repeated ones."""
    ro, brakes, pads = new_id(), new_id(), new_id()
    facts: list[Event] = [
        backordered(pads, ro, 1), reserved(pads, ro, 2), issued(pads, ro, 3), dispatched(brakes, ro, 2),
        set_back(brakes, ro, 3), quality_failed(brakes, ro, 4), dispatched(brakes, ro, 6), completed(brakes, ro, 8, reworks=1),
    ]  # fmt: skip
    state = await every_order_leads_to_one_state(
        facts, service="reception", hears=HEARS, database=database, metadata=Base.metadata
    )
    entries = [row for row in state["timeline_entries"] if row["ro_id"] == ro]
    assert sorted(row["code"] for row in entries) == sorted(
        ["parts_backordered", "parts_reserved", "parts_issued", "job_dispatched", "job_set_back", "quality_failed",
         "job_dispatched", "job_completed"]
    )  # fmt: skip


@pytest.fixture
async def known(counter: Counter) -> tuple[Counter, Told]:
    """An order with a job, its part, and a second job."""
    with clock.stopped(NOON):
        return counter, await counter.an_authorised_order(labour("brakes"), part("brakes"), labour("wash"))


LINES = st.sampled_from([0, 1, 2])
HEARD = st.lists(st.tuples(LINES, st.integers(0, 2), st.integers(0, 48)), min_size=1, max_size=7, unique_by=lambda one: one[:2])


async def test_whatever_is_heard_the_customer_reads_the_same_story_in_any_order(known: tuple[Counter, Told]) -> None:
    """Property: any set of facts in any order, in any batches and repeated, gives one headline and one timeline."""
    counter, order = known
    ro, ids = UUID(order["id"]), [UUID(line["id"]) for line in order["lines"]]
    stories: list[tuple[list[Event], list[Event]]] = []

    @settings(max_examples=30, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
    @given(HEARD, st.randoms(use_true_random=False))
    def collect(chosen: list[tuple[int, int, int]], luck: Any) -> None:
        facts = [a_fact(ids[line], ro, kind, hours, is_part=line == 1) for line, kind, hours in chosen]
        mixed = luck.sample(facts, len(facts))
        stories.append((facts, [*mixed, *luck.sample(facts, luck.randint(0, len(facts)))]))

    collect()
    for straight, mixed in stories:
        assert await story(counter, ro, straight, 1) == await story(counter, ro, mixed, 3)


def a_fact(line: UUID, ro: UUID, kind: int, hours: int, *, is_part: bool) -> Event:
    moment = NOON + hours * HOUR
    if is_part:
        parts = [
            at(backordered(line, ro, 1), "backordered_at", moment), at(reserved(line, ro, 2), "reserved_at", moment),
            at(issued(line, ro, 3), "issued_at", moment),
        ]  # fmt: skip
        return parts[kind]
    jobs = [
        at(dispatched(line, ro, 1), "dispatched_at", moment), at(quality_failed(line, ro, 2), "failed_at", moment),
        at(completed(line, ro, 3), "completed_at", moment),
    ]  # fmt: skip
    return jobs[kind]


async def story(counter: Counter, ro: UUID, facts: list[Event], size: int) -> Any:
    """What the customer reads after these facts in batches of this size; nothing of it stays."""
    async with counter.database.hearing() as session:
        for first in range(0, len(facts), size):
            batch = [heard(fact) for fact in facts[first : first + size]]
            await apply_within(session, "reception", HEARS, batch)
            session.expunge_all()
        found = await progress_of(await session.get_one(RepairOrder, ro), session)
        await session.rollback()
        return found.headline, found.entries


@pytest.mark.parametrize("texts", [SENTENCES, HEADLINES], ids=["sentences", "headlines"])
def test_every_sentence_is_there_in_every_language_and_needs_the_same_figures(texts: Any) -> None:
    for code, sentences in texts.items():
        assert set(sentences) == set(LANGUAGES), code
        needs = [set(_names(sentence)) for sentence in sentences.values()]
        assert needs[0] == needs[1], code


def _names(sentence: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]


def test_moments_are_told_by_the_store_s_clock() -> None:
    told = in_all_languages(HEADLINES["in_work"], {"promised_at": NOON}, "Asia/Urumqi")
    assert told == {"zh-CN": "正在施工，预计 11月21日 10:00 交车。", "en": "In work; ready by Nov 21 10:00."}
