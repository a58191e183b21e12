"""What a technician finds goes to the advisor and the customer before anybody works on it."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.workshop.domain import Base, Supplement
from services.workshop.inbox import HEARS
from shared.database import Database, new_id
from shared.events import About
from shared.events.reception import LineDecision, SupplementDecided
from tests.callers import once
from tests.convergence import every_order_leads_to_one_state
from tests.workshop.shop import Shop
from tests.workshop.words import BY_THE_CLOCK, CAUSE, CORRECTION, NOON


def decided(supplement: UUID, line: UUID, decision: str, version: int) -> SupplementDecided:
    ro = new_id()
    return SupplementDecided(
        about=About(subject=supplement, version=version, store_id="sh01", correlation=ro), ro_id=ro, job_id=new_id(),
        decisions=[LineDecision.model_validate({"line_id": line, "decision": decision})], approved_fen=0, channel="phone",
        decided_at=NOON,
    )  # fmt: skip


@pytest.mark.usefixtures("at_noon")
async def test_the_newest_decision_counts_in_whatever_order_it_comes(database: Database) -> None:
    """W4, reliability promise 8."""
    supplement, line = new_id(), new_id()
    facts = [decided(supplement, line, "deferred", 2), decided(supplement, line, "approved", 3)]
    state = await every_order_leads_to_one_state(
        facts,
        service="workshop",
        hears=HEARS,
        database=database,
        metadata=Base.metadata,
        ignoring=["supplements.version", *BY_THE_CLOCK],
    )
    [row] = [row for row in state["supplements"] if row["id"] == supplement]
    assert row["decisions"] == {str(line): "approved"}


FOUND = [
    {"kind": "labour", "ref": "discs", "op_code": "BRAKE-DISCS", "flat_hours_milli": 500, "severity": "safety",
     "finding": "discs below the limit"},
    {"kind": "part", "serves": "discs", "part_no": "DISC-1", "quantity_milli": 2_000, "severity": "safety", "finding": "discs"},
    {"kind": "part", "part_no": "GREASE", "quantity_milli": 100, "severity": "advice", "finding": "dry guide pins"},
]  # fmt: skip


async def test_the_job_s_technician_proposes_what_was_found(shop: Shop) -> None:
    """W4: the fact tells each line, what it serves and how grave it is; decisions are shown when they come."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    early = await shop.ask(job, "supplements", hand.headers, {"lines": FOUND})
    assert (early.status_code, early.json()["code"]) == (409, "job_not_being_worked_on")
    await shop.done(job, "start", hand.headers)
    stranger = await shop.a_hand()
    assert (await shop.ask(job, "supplements", stranger.headers, {"lines": FOUND})).status_code == 404
    answer = await shop.ask(job, "supplements", hand.headers, {"lines": FOUND})
    assert answer.status_code == 201, answer.text
    told = answer.json()
    operation, disc, grease = told["lines"]
    assert (disc["labour_line_id"], grease["labour_line_id"]) == (operation["line_id"], str(job))
    async with shop.database.hearing() as session:
        found = {"subject": UUID(told["id"])}
        bodies = await session.scalars(text("SELECT body::jsonb FROM outbox WHERE subject = :subject"), found)
        [said] = list(bodies)
    assert (said["job_id"], said["technician"], len(said["lines"])) == (str(job), hand.technician, 3)

    await shop.hear(decided(UUID(told["id"]), UUID(operation["line_id"]), "declined", 4))
    # the decision names its own order and job; what is shown of the job follows the newest word
    async with shop.database.hearing() as session:
        kept = await session.get_one(Supplement, UUID(told["id"]))
    assert kept.decisions == {operation["line_id"]: "declined"}


async def proposed(shop: Shop, answer: httpx.Response) -> dict[str, Any]:
    """What the fact says that this proposal became."""
    assert answer.status_code == 201, answer.text
    [(_, said)] = await shop.said(UUID(answer.json()["id"]))
    return said


async def test_a_helper_who_worked_on_the_job_proposes_what_they_found(shop: Shop) -> None:
    """W4, C6: only a technician raises a finding; one who never had their hands on the car has found nothing."""
    hand, helper = await shop.a_hand(), await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    await shop.done(job, "helpers", shop.dispatcher, {"technician": helper.technician})
    assert (await shop.ask(job, "supplements", helper.headers, {"lines": FOUND})).status_code == 404
    await shop.done(job, "start", helper.headers)
    said = await proposed(shop, await shop.ask(job, "supplements", helper.headers, {"lines": FOUND}))
    assert (said["technician"], said["inspector"]) == (helper.technician, None)


async def test_the_inspector_proposes_what_the_final_inspection_found_and_inspects_on(shop: Shop) -> None:
    """W4, W5, C6: quality may raise a finding; that is no work on the car."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    early = await shop.ask(job, "supplements", shop.inspector, {"lines": FOUND})
    assert (early.status_code, early.json()["code"]) == (409, "job_not_being_worked_on")
    await shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
    late = await shop.ask(job, "supplements", hand.headers, {"lines": FOUND})
    assert (late.status_code, late.json()["code"]) == (409, "job_not_being_worked_on")
    said = await proposed(shop, await shop.ask(job, "supplements", shop.inspector, {"lines": FOUND}))
    assert (said["technician"], said["inspector"]) == (hand.technician, "xu.lan")
    passed = {"result": "passed", "road_test_km": 3}
    assert (await shop.done(job, "inspections", shop.inspector, passed))["state"] == "completed"
    over = await shop.ask(job, "supplements", shop.inspector, {"lines": FOUND})
    assert (over.status_code, over.json()["code"]) == (409, "job_not_being_worked_on")


async def test_who_may_not_inspect_the_job_proposes_nothing_as_its_inspector(shop: Shop) -> None:
    """W5: their clock spoke of the job, if only while they waited for its parts."""
    waiting = await shop.a_hand()
    job = await shop.finished(await shop.a_hand())
    at = f"/stores/{shop.store}/technicians/{waiting.technician}"
    for action, body in (("clock-in", None), ("activities", {"kind": "wait_parts", "job_id": str(job)})):
        turned = await shop.client.post(f"{at}/{action}", json=body, headers=waiting.headers | once())
        assert turned.is_success, turned.text
    both = shop.by("technician", "inspector", subject=waiting.user)
    found = await shop.ask(job, "supplements", both, {"lines": FOUND})
    assert (found.status_code, found.json()["code"]) == (409, "inspector_worked_on_it")


@pytest.mark.parametrize(
    ("lines", "field", "code"),
    [
        ([FOUND[1]], "body.lines.0.serves", "labour_line_unknown"),
        ([FOUND[0], FOUND[0]], "body.lines.1.ref", "ref_repeated"),
        ([], "body.lines", "too_short"),
    ],
)
async def test_a_proposal_that_cannot_be_meant_is_refused(
    shop: Shop, lines: list[dict[str, object]], field: str, code: str
) -> None:
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    answer = await shop.ask(job, "supplements", hand.headers, {"lines": lines})
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)
    listed = await shop.client.get(f"/jobs/{job}/supplements", headers=shop.dispatcher)
    assert listed.json() == {"items": []}
