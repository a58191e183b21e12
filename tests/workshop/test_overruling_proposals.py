"""Proposals through the door: accepted at once, and what is done against them for a reason."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from services.workshop.domain import Dispatch, Job
from services.workshop.domain.states import IN_A_BAY
from shared import clock
from shared.database import new_id
from tests.callers import once
from tests.workshop.shop import Shop
from tests.workshop.words import NOON

Json = dict[str, Any]


@pytest.fixture
def elsewhere(shop: Shop) -> Iterator[Shop]:
    with clock.stopped(NOON):
        yield replace(shop, store="sh02")


async def read(shop: Shop) -> list[Json]:
    answer = await shop.client.get(f"/stores/{shop.store}/dispatch-proposal", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def ready(shop: Shop, skill: str, hours: float, **told: Any) -> UUID:
    return await shop.a_job_of(skill, NOON + timedelta(hours=hours), **told)


async def test_skipping_a_job_needs_a_reason_that_is_kept(elsewhere: Shop) -> None:
    """W2: no cherry-picking (挑单); the dispatcher may overrule, and it can be read who did so and why."""
    shop = elsewhere
    await shop.empty()
    hand = await shop.a_hand("tint")
    late, soon = await ready(shop, "tint", 6), await ready(shop, "tint", 6, customer_waits=True)
    assert [UUID(each["job_id"]) for each in await read(shop)][:2] == [soon, late]
    body = {"technician": hand.technician, "bay": hand.bay}
    refused = await shop.ask(late, "dispatch", shop.dispatcher, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert [each["job_id"] for each in refused.json()["parameters"]["skipped"]] == [str(soon)]
    explained = body | {"reason_code": "customer_asked", "reason": "He has a train to catch."}
    await shop.done(late, "dispatch", shop.dispatcher, explained)
    listed = await shop.client.get(f"/stores/{shop.store}/overruled-dispatches", headers=shop.dispatcher)
    kept = listed.json()["items"][0]
    assert (kept["job_id"], kept["reason_code"], kept["dispatched_by"]) == (str(late), "customer_asked", "user:lin.wei")
    assert [each["job_id"] for each in kept["skipped"]] == [str(soon)]


async def test_only_who_is_there_and_a_bay_in_order_are_proposed(elsewhere: Shop) -> None:
    """W2, W7."""
    shop = elsewhere
    await shop.empty()
    hand = await shop.a_hand("film")
    job = await ready(shop, "film", 5)
    mine = next(each for each in await read(shop) if each["job_id"] == str(job))
    assert mine["technician"] == hand.technician
    away = {
        "technician": hand.technician, "kind": "sick", "from_at": (NOON - timedelta(hours=1)).isoformat(),
        "until_at": (NOON + timedelta(hours=8)).isoformat(),
    }  # fmt: skip
    answer = await shop.client.post(f"/stores/{shop.store}/absences", json=away, headers=shop.dispatcher | once())
    assert answer.status_code == 201, answer.text
    mine = next(each for each in await read(shop) if each["job_id"] == str(job))
    assert (mine["technician"], mine["why_not"]) == (None, "nobody_with_the_skill")


async def test_many_dispatchers_who_accept_at_once_never_give_a_bay_or_a_job_twice(elsewhere: Shop) -> None:
    """W2, W7: a stress; what was given away meanwhile is left out."""
    shop = elsewhere
    await shop.empty()
    hands = [await shop.a_hand("wrap") for _ in range(4)]
    jobs = [await ready(shop, "wrap", 4 + number / 10) for number in range(30)]

    async def accept() -> list[str]:
        path = f"/stores/{shop.store}/dispatch-proposal/acceptance"
        answer = await shop.client.post(path, json={"most": 3}, headers=shop.dispatcher | once())
        assert answer.status_code in (200, 409, 503), answer.text
        return [job["id"] for job in answer.json()["items"]] if answer.status_code == 200 else []

    given_out = [job for some in await asyncio.gather(*(accept() for _ in range(12))) for job in some]
    assert len(given_out) == len(set(given_out)) > 0
    async with shop.database.hearing() as session:
        rows = (await session.execute(select(Job.bay, Job.technician).where(Job.id.in_(jobs), Job.state.in_(IN_A_BAY)))).all()
    assert len({bay for bay, _ in rows}) == len(rows) == len(given_out)
    assert {technician for _, technician in rows} <= {hand.technician for hand in hands}
    twice = select(func.count()).where(Job.store_id == shop.store, Job.state.in_(IN_A_BAY)).group_by(Job.bay)
    async with shop.database.hearing() as session:
        assert set(await session.scalars(twice)) == {1}


async def test_accepting_all_pairs_is_judged_by_the_one_proposal_that_they_are_of(elsewhere: Shop) -> None:
    """W2: giving out the first changes what would be proposed next; the second is not taken for skipping that."""
    shop = elsewhere
    await shop.empty()
    path, only_there = f"/stores/{shop.store}/policies/capacity", {"bay_kinds": {"wax": ["wash"], "wipe": ["wash"]}}
    boss = shop.by("store_manager") | once()
    assert (await shop.client.post(path, json={"value": only_there}, headers=boss)).status_code == 201
    await shop.a_hand("wax"), await shop.a_hand("wipe")
    for number in range(2):
        bay = {"code": f"W{number}{new_id().hex[-8:]}", "kind": "wash"}
        await shop.client.post(f"/stores/{shop.store}/bays", json=bay, headers=shop.dispatcher | once())
    first, unplaced, second = await ready(shop, "wax", 3), await ready(shop, "wax", 4), await ready(shop, "wipe", 5)
    accept = f"/stores/{shop.store}/dispatch-proposal/acceptance"
    answer = await shop.client.post(accept, json={}, headers=shop.dispatcher | once())
    assert answer.status_code == 200, answer.text
    assert {UUID(job["id"]) for job in answer.json()["items"]} == {first, second}
    assert (await shop.read(unplaced))["job"]["state"] == "ready"


async def kept(shop: Shop, job: UUID) -> Json:
    """How the job was given out last."""
    async with shop.database.hearing() as session:
        rows = await session.scalars(select(Dispatch).where(Dispatch.job_id == job).order_by(Dispatch.id.desc()))
        last = rows.first()
        assert last is not None
        return {
            name: getattr(last, name) for name in ("technician", "bay", "taken_from", "waiting_jobs", "reason_code", "reason")
        }


async def test_a_job_is_taken_from_who_has_it_for_a_reason_only(elsewhere: Shop) -> None:
    """W2: from whom, to whom and why; another bay for the same hands needs none."""
    shop = elsewhere
    await shop.empty()
    one, two = await shop.a_hand("trim"), await shop.a_hand("trim")
    job = await shop.dispatched(one, await ready(shop, "trim", 3))
    spare = (await shop.a_hand("trim")).bay
    await shop.done(job, "dispatch", shop.dispatcher, {"technician": one.technician, "bay": spare})
    assert (await kept(shop, job))["taken_from"] is None
    body = {"technician": two.technician, "bay": spare}
    refused = await shop.ask(job, "dispatch", shop.dispatcher, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert refused.json()["parameters"]["taken_from"] == one.technician
    await shop.done(job, "dispatch", shop.dispatcher, body | {"reason_code": "technician_away", "reason": "At the dentist."})
    last = await kept(shop, job)
    assert (last["taken_from"], last["technician"], last["reason_code"]) == (one.technician, two.technician, "technician_away")
    said = await shop.said(job)
    assert [kind for kind, _ in said] == [
        "job_dispatched", "job_dispatched", "job_reassigned", "job_dispatched", "job_reassigned",
    ]  # fmt: skip
    told = said[4][1]
    assert (told["from_technician"], told["technician"], told["reason_code"]) == (
        one.technician, two.technician, "technician_away",
    )  # fmt: skip
    assert "dentist" not in str(said), "what somebody wrote freely stays here"


async def test_who_has_enough_to_do_gets_more_for_a_reason_only(elsewhere: Shop) -> None:
    """W2: load and fairness are not circumvented by hand; what is begun does not count."""
    shop = elsewhere
    await shop.empty()
    path = f"/stores/{shop.store}/policies/dispatch"
    boss = shop.by("store_manager") | once()
    assert (await shop.client.post(path, json={"value": {"most_waiting_jobs": 1}}, headers=boss)).status_code == 201
    hand = await shop.a_hand("lining")
    spare = [(await shop.a_hand("welt")).bay for _ in range(2)]
    first = await ready(shop, "lining", 2)
    await shop.done(first, "dispatch", shop.dispatcher, {"technician": hand.technician, "bay": hand.bay})
    second = await ready(shop, "lining", 3)
    body = {"technician": hand.technician, "bay": spare[0]}
    refused = await shop.ask(second, "dispatch", shop.dispatcher, body)
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    assert (refused.json()["parameters"]["waiting_jobs"], refused.json()["parameters"]["skipped"]) == (1, [])
    await shop.done(second, "dispatch", shop.dispatcher, body | {"reason_code": "training"})
    assert (await kept(shop, second))["waiting_jobs"] == 1
    again = shop.by("store_manager") | once()
    assert (await shop.client.post(path, json={"value": {}}, headers=again)).status_code == 201


async def set_terms(shop: Shop, policy: str, **value: Any) -> None:
    path, boss = f"/stores/{shop.store}/policies/{policy}", shop.by("store_manager") | once()
    answer = await shop.client.post(path, json={"value": value}, headers=boss)
    assert answer.status_code == 201, answer.text


async def test_who_lacks_the_certificate_is_given_no_work_that_needs_it(elsewhere: Shop) -> None:
    """W2 (A2), C7: said when it is given out and not only when the car is on the lift; no reason helps."""
    shop = elsewhere
    await shop.empty()
    hand, job = await shop.a_hand("volt"), await ready(shop, "volt", 3)
    await set_terms(shop, "certificates", by_skill={"volt": ["high_voltage"]})
    try:
        refused = await shop.ask(job, "dispatch", shop.dispatcher, shop.given_to(hand))
        assert (refused.status_code, refused.json()["code"]) == (409, "certificate_missing")
        assert refused.json()["parameters"] == {"certificates": ["high_voltage"]}
        assert (await shop.read(job))["job"]["state"] == "ready"
    finally:
        await set_terms(shop, "certificates")
    await shop.dispatched(hand, job)


async def test_a_bay_that_does_not_fit_the_work_needs_a_reason_that_is_kept(elsewhere: Shop) -> None:
    """W2, W7 (A2): paint is sprayed in the booth, by way of exception elsewhere."""
    shop = elsewhere
    await shop.empty()
    hand, other, job = await shop.a_hand("spray"), await shop.a_hand("spray"), await ready(shop, "spray", 3)
    await set_terms(shop, "capacity", bay_kinds={"spray": ["booth"]})
    try:
        body = {"technician": hand.technician, "bay": hand.bay}
        refused = await shop.ask(job, "dispatch", shop.dispatcher, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
        assert refused.json()["parameters"]["unfit_kind"] == "lift"
        await shop.done(job, "dispatch", shop.dispatcher, body | {"reason_code": "customer_asked"})
        last = await kept(shop, job)
        assert (last["bay"], last["reason_code"]) == (hand.bay, "customer_asked")
        moved = body | {"bay": other.bay}
        assert (await shop.ask(job, "dispatch", shop.dispatcher, moved)).json()["code"] == "reason_needed"
        await shop.done(job, "dispatch", shop.dispatcher, body), "where it stands was explained"
    finally:
        await set_terms(shop, "capacity")


async def test_giving_a_job_to_somebody_else_than_is_proposed_needs_a_reason_that_is_kept(elsewhere: Shop) -> None:
    """W2: whoever is skipped or not; bays of a kind are alike, those of another are not."""
    shop = elsewhere
    await shop.empty()
    hands = [await shop.a_hand("chrome") for _ in range(2)]
    job = await ready(shop, "chrome", 3)
    [line] = [line for line in await read(shop) if line["job_id"] == str(job)]
    [own] = [hand for hand in hands if hand.technician == line["technician"]]
    [other] = [hand for hand in hands if hand != own]
    refused = await shop.ask(job, "dispatch", shop.dispatcher, {"technician": other.technician, "bay": line["bay"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "reason_needed")
    told = refused.json()["parameters"]
    assert (told["proposed_technician"], told["proposed_bay"], told["skipped"]) == (own.technician, line["bay"], [])
    pit = {"code": f"P{new_id().hex[-8:]}", "kind": "pit"}
    made = await shop.client.post(f"/stores/{shop.store}/bays", json=pit, headers=shop.dispatcher | once())
    assert made.status_code == 201, made.text
    refused = await shop.ask(job, "dispatch", shop.dispatcher, {"technician": own.technician, "bay": pit["code"]})
    assert refused.json()["code"] == "reason_needed"
    body = {"technician": other.technician, "bay": other.bay, "reason_code": "knows_the_car"}
    await shop.done(job, "dispatch", shop.dispatcher, body)
    listed = await shop.client.get(f"/stores/{shop.store}/overruled-dispatches", headers=shop.dispatcher)
    overruled = listed.json()["items"][0]
    names = ("job_id", "technician", "proposed_technician", "reason_code")
    assert [overruled[name] for name in names] == [str(job), other.technician, own.technician, "knows_the_car"]
    second, third = await ready(shop, "chrome", 3), await shop.a_hand("chrome")
    [line] = [line for line in await read(shop) if line["job_id"] == str(second)]
    free = next(hand.bay for hand in (own, third) if hand.bay not in (line["bay"], other.bay))
    await shop.done(second, "dispatch", shop.dispatcher, {"technician": line["technician"], "bay": free})


async def test_a_reason_is_one_of_the_stores_list(elsewhere: Shop) -> None:
    """W2: so that it can be counted, and no names come into what others hear."""
    shop = elsewhere
    await shop.empty()
    hand, job = await shop.a_hand("trim"), await ready(shop, "trim", 3)
    body = {"technician": hand.technician, "bay": hand.bay, "reason_code": "mr_wang_shouted"}
    refused = await shop.ask(job, "dispatch", shop.dispatcher, body)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_reason")
    assert refused.json()["errors"][0]["loc"] == ["body", "reason_code"]
    assert "own_choice" in refused.json()["parameters"]["known"]


async def accept(shop: Shop, *seen: Json) -> Json:
    path = f"/stores/{shop.store}/dispatch-proposal/acceptance"
    answer = await shop.client.post(path, json={"seen": list(seen)}, headers=shop.dispatcher | once())
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def as_seen(line: Json) -> Json:
    return {"job_id": line["job_id"], "job_version": line["version"], "technician": line["technician"], "bay": line["bay"]}


async def test_accepting_takes_what_the_dispatcher_saw_and_says_what_does_not_hold_any_more(elsewhere: Shop) -> None:
    """W2: nobody gives out unseen what became of the proposal since."""
    shop = elsewhere
    await shop.empty()
    for _ in range(2):
        await shop.a_hand("dash")
    first, second = await ready(shop, "dash", 2), await ready(shop, "dash", 3)
    lines = {UUID(line["job_id"]): as_seen(line) for line in await read(shop)}
    answer = await accept(shop, lines[second])
    assert ([job["id"] for job in answer["items"]], answer["not_given"]) == ([str(second)], [])
    assert (await shop.read(first))["job"]["state"] == "ready", "only what was named"
    third = await ready(shop, "dash", 1)
    stale = lines[first] | {"technician": lines[second]["technician"]}
    answer = await accept(shop, lines[second], stale)
    assert answer["items"] == []
    [gone, moved] = answer["not_given"]
    assert (gone["job_id"], gone["why"]) == (str(second), "no_longer_ready")
    assert (moved["job_id"], moved["technician"]) == (str(first), stale["technician"])
    now = {UUID(line["job_id"]): line for line in await read(shop)}
    assert (moved["proposed_technician"], moved["proposed_bay"]) == (now[first]["technician"], now[first]["bay"])
    answer = await accept(shop, as_seen(now[third]) | {"job_version": now[third]["version"] + 1})
    assert [each["why"] for each in answer["not_given"]] == ["job_changed"]
    path = f"/stores/{shop.store}/dispatch-proposal/acceptance"
    twice = {"seen": [as_seen(now[third])] * 2}
    refused = await shop.client.post(path, json=twice, headers=shop.dispatcher | once())
    assert (refused.status_code, refused.json()["code"]) == (422, "job_repeated")


async def test_a_member_whose_tier_counts_is_proposed_first(elsewhere: Shop) -> None:
    """W2, R14: reception tells the tier with the agreed work."""
    shop = elsewhere
    await shop.empty()
    await shop.a_hand("gilding")
    await ready(shop, "gilding", 3)
    theirs = await ready(shop, "gilding", 3.5, member_tier="vip")
    first = (await read(shop))[0]
    assert UUID(first["job_id"]) == theirs and "the customer is a vip member" in first["because"]
