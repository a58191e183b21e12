"""Equipment has a maintenance plan: what is due, what is overdue, and what was done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.workshop.inbox import DUE
from shared import clock
from tests.callers import once
from tests.due import named, nothing_is_due
from tests.workshop.roster import Json, a_bay, a_code, in_days, listed, made, post
from tests.workshop.shop import Shop


async def a_compressor(shop: Shop, **fields: Any) -> Json:
    body = {"code": a_code("e"), "kind": "compressor", "name": "空压机", **fields}
    return await made(shop, f"/stores/{shop.store}/equipment", body)


async def due(shop: Shop, days: int) -> dict[str, bool]:
    """By code, what is due by then; whether it is overdue."""
    found = await listed(shop, f"/stores/{shop.store}/equipment", due_until=in_days(days).isoformat(), limit=200)
    return {row["code"]: row["overdue"] for row in found}


async def test_what_was_maintained_is_due_again_so_many_days_later(shop: Shop) -> None:
    """W7: overdue since yesterday, then done today."""
    made_ = await a_compressor(shop, every_days=90, due_on=in_days(-1).isoformat())
    assert (await due(shop, 0))[made_["code"]] is True
    done = await made(shop, f"/equipment/{made_['id']}/maintenances", {"done_on": in_days(0).isoformat()}, version=1)
    assert (done["next_due_on"], done["done_by"]) == (in_days(90).isoformat(), "lin.wei")
    assert made_["code"] not in await due(shop, 89)
    assert (await due(shop, 90))[made_["code"]] is False
    assert await listed(shop, f"/equipment/{made_['id']}/maintenances") == [done]


async def test_a_maintenance_that_is_entered_late_does_not_bring_the_next_one_forward(shop: Shop) -> None:
    made_ = await a_compressor(shop, every_days=30, due_on=in_days(20).isoformat())
    body = {"done_on": in_days(-25).isoformat(), "remark": "Found in the old book."}
    done = await made(shop, f"/equipment/{made_['id']}/maintenances", body, version=1)
    assert done["next_due_on"] == in_days(20).isoformat()


async def test_what_is_due_today_is_not_overdue(shop: Shop) -> None:
    made_ = await a_compressor(shop, every_days=30, due_on=in_days(0).isoformat())
    assert (await due(shop, 0))[made_["code"]] is False


async def test_a_plan_is_changed_and_given_up(shop: Shop) -> None:
    bay = await a_bay(shop, "lift")
    made_ = await a_compressor(shop, bay=bay["code"])
    assert (made_["bay"], made_["due_on"], made_["overdue"]) == (bay["code"], None, False)
    path = f"/equipment/{made_['id']}/maintenance-plan"
    planned = await made(shop, path, {"every_days": 7, "due_on": in_days(-3).isoformat()}, version=1)
    assert planned["overdue"] is True
    stale = await post(shop, path, {}, version=1)
    assert stale.status_code == 412
    assert (await made(shop, path, {}, version=2))["due_on"] is None


@pytest.mark.parametrize(
    ("fields", "field", "code"),
    [
        ({"every_days": 7}, "body.due_on", "plan_incomplete"),
        ({"due_on": "2027-01-01"}, "body.due_on", "plan_incomplete"),
        ({"bay": "NOWHERE"}, "body.bay", "unknown_bay"),
    ],
)
async def test_equipment_that_cannot_be_meant_is_refused(shop: Shop, fields: Json, field: str, code: str) -> None:
    body = {"code": a_code("e"), "kind": "lift", "name": "举升机", **fields}
    answer = await post(shop, f"/stores/{shop.store}/equipment", body)
    assert answer.status_code == 422, answer.text
    [error] = answer.json()["errors"]
    assert (".".join(map(str, error["loc"])), error["type"]) == (field, code)


async def test_a_code_is_given_once_and_nothing_is_done_tomorrow(shop: Shop) -> None:
    made_ = await a_compressor(shop)
    body = {"code": made_["code"], "kind": "lift", "name": "举升机"}
    answer = await post(shop, f"/stores/{shop.store}/equipment", body)
    assert (answer.status_code, answer.json()["code"]) == (409, "equipment_code_taken")
    tomorrow = {"done_on": (in_days(0) + timedelta(days=1)).isoformat()}
    answer = await post(shop, f"/equipment/{made_['id']}/maintenances", tomorrow, version=1)
    assert answer.json()["errors"][0]["type"] == "in_the_future"


async def board(shop: Shop) -> Json:
    answer = await shop.client.get(f"/stores/{shop.store}/board", headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_what_has_to_be_maintained_or_is_broken_stands_on_the_board(shop: Shop) -> None:
    """W7, W1: the dispatcher sees it beside the bays; what is in order and not due is not in the way."""
    late = await a_compressor(shop, bay=(await a_bay(shop, "lift"))["code"], every_days=90, due_on=in_days(-1).isoformat())
    today, later = [await a_compressor(shop, every_days=90, due_on=in_days(n).isoformat()) for n in (0, 1)]
    broken = await a_compressor(shop)
    outage = await made(shop, f"/equipment/{broken['id']}/outages", {"reason": "No pressure."}, version=1)
    shown = {each["code"]: each for each in (await board(shop))["equipment"]}
    assert [shown[each["code"]]["overdue"] for each in (late, today)] == [True, False]
    assert shown[late["code"]]["bay"] == late["bay"]
    assert later["code"] not in shown
    assert (shown[broken["code"]]["out_of_order"], shown[broken["code"]]["due_on"]) == (True, None)
    await made(shop, f"/equipment/{late['id']}/maintenances", {"done_on": in_days(0).isoformat()}, version=1)
    await made(shop, f"/outages/{outage['outage']['id']}/end", version=1)
    shown = {each["code"]: each for each in (await board(shop))["equipment"]}
    assert not {late["code"], broken["code"]} & shown.keys()


async def test_a_broken_lift_takes_its_bay_along(shop: Shop) -> None:
    """W7: equipment that stands in a bay."""
    hand = await shop.a_hand()
    body = {"code": a_code("e"), "kind": "lift", "name": "举升机", "bay": hand.bay}
    lift = await made(shop, f"/stores/{shop.store}/equipment", body)
    job = await shop.dispatched(hand)
    taken = await made(shop, f"/equipment/{lift['id']}/outages", {"reason": "It does not rise."}, version=1)
    assert (taken["outage"]["bay"], taken["outage"]["equipment_id"]) == (hand.bay, lift["id"])
    assert taken["jobs"] == [{"job_id": str(job), "became": "set_back"}]
    assert {each["code"]: each["out_of_order"] for each in (await board(shop))["bays"]}[hand.bay]


async def why_not(shop: Shop, job: UUID) -> str | None:
    found = await listed(shop, f"/stores/{shop.store}/dispatch-proposal")
    [told] = [each["why_not"] for each in found if each["job_id"] == str(job)]
    return None if told is None else str(told)


async def test_work_that_needs_a_tool_waits_until_one_is_in_order(shop: Shop) -> None:
    """W7: which work needs which kind of tool is the store's own policy; a second tool of the kind will do, and other work is
    not in the way."""
    shop = replace(shop, store="hz01")
    skill, kind = a_code("align"), a_code("aligner")
    value = {"by_skill": {skill: [kind]}, "by_op_code": {f"{skill.upper()}-X": ["nobody-wrote-this-down"]}}
    policy = f"/stores/{shop.store}/policies/tools"
    answer = await shop.client.post(policy, json={"value": value}, headers=shop.by("store_manager") | once())
    assert answer.status_code == 201, answer.text
    hand, other = await shop.a_hand(skill), await shop.a_hand()
    begun, waits = [await shop.a_job_of(skill, clock.now() + timedelta(hours=2)) for _ in range(2)]
    await shop.dispatched(hand, begun)
    aligner = {"kind": kind, "name": "四轮定位仪"}
    both = [await made(shop, f"/stores/{shop.store}/equipment", aligner | {"code": a_code("e")}) for _ in range(2)]
    outages = []
    for tool in both:
        assert await why_not(shop, waits) != "no_tool", "one is in order still"
        taken = await made(shop, f"/equipment/{tool['id']}/outages", {"reason": "The camera is blind."}, version=1)
        assert (taken["outage"]["bay"], taken["jobs"]) == (None, [])
        outages.append(taken["outage"])
    assert await why_not(shop, waits) == "no_tool"
    refused = await shop.ask(begun, "start", hand.headers)
    told = (refused.status_code, refused.json()["code"], refused.json()["parameters"])
    assert told == (409, "tool_out_of_order", {"kinds": [kind]})
    await shop.done(await shop.dispatched(other), "start", other.headers)
    ended = await made(shop, f"/outages/{outages[0]['id']}/end", version=outages[0]["version"])
    assert ended["ended_at"]
    assert await why_not(shop, waits) != "no_tool"
    assert (await shop.done(begun, "start", hand.headers))["state"] == "working"


async def test_a_planned_maintenance_of_a_tool_begins_without_touching_any_car(shop: Shop) -> None:
    """W7: neither of those in a bay nor of those whose work stands outside of one."""
    hand, tool = await shop.a_hand(), await a_compressor(shop)
    stands = await shop.dispatched(hand)
    await shop.done(stands, "start", hand.headers)
    await shop.done(stands, "pause", hand.headers, {"reason": "wait_approval"})
    await shop.done(stands, "leaving-bay", shop.dispatcher)
    given, before = await shop.dispatched(hand), (await shop.read(stands))["job"]
    from_at = clock.now() + timedelta(hours=1)
    planned = {"kind": "maintenance", "reason": "Yearly.", "from_at": from_at.isoformat()}
    await made(shop, f"/equipment/{tool['id']}/outages", planned, version=1)
    assert tool["code"] not in {each["code"] for each in (await board(shop))["equipment"]}
    with clock.stopped(from_at):
        await nothing_is_due("workshop", shop.database, named(DUE, "begin_outage"))
        assert tool["code"] in {each["code"] for each in (await board(shop))["equipment"]}
    assert (await shop.read(stands))["job"] == before
    assert (await shop.read(given))["job"]["state"] == "dispatched"
