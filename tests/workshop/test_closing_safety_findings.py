"""What a safety round finds is put right by its owner and seen by somebody else; it is nobody else's business."""

from uuid import UUID

import pytest

from tests.callers import called_by, once
from tests.workshop.safety import (
    MONDAY,
    a_checklist,
    a_finding,
    answers,
    ask,
    days,
    findings,
    on,
    said,
    steps,
    technician,
    the_clock_ran,
)
from tests.workshop.shop import Shop

pytestmark = pytest.mark.usefixtures("sunday")


async def test_what_is_not_ok_becomes_a_finding_with_an_owner_and_a_day(shop: Shop) -> None:
    """W10: as it was said, else by the policy and by who found it."""
    found = await a_finding(shop, remark="裂纹", owner="wu.gang", due_on="2027-02-04")
    assert (found["owner"], found["due_on"], found["to_do"], found["state"]) == ("wu.gang", "2027-02-04", "换胶垫", "open")
    assert found in await findings(shop, owner="wu.gang", store_id="sh01")
    assert found not in await findings(shop, owner="chen.jie")
    plain = await a_finding(shop)
    assert (plain["owner"], plain["due_on"]) == ("chen.jie", "2027-02-08")
    [(kind, body)] = await shop.said(UUID(found["id"]))
    assert (kind, body["severity"], body["item"], body["due_on"]) == ("safety_finding_opened", "serious", "pads", "2027-02-04")
    assert not {"remark", "to_do", "owner"} & body.keys(), "what people say and who they are stays here"


async def test_a_finding_is_closed_by_four_eyes(shop: Shop) -> None:
    """W10: put right by its owner or a manager, seen by somebody else, opened again with a reason."""
    found = await a_finding(shop, owner="wu.gang")
    path, done = f"/safety-findings/{found['id']}", {"done": "已更换"}
    with on(MONDAY + days(1)):
        boss = shop.by("store_manager", subject="boss")
        refused = await ask(shop, f"{path}/resolution", done, technician(shop))
        assert refused.json()["code"] == "somebody_else_answers"
        early = await ask(shop, f"{path}/verification", {}, boss)
        assert early.json()["code"] == "illegal_transition"
        assert (await ask(shop, f"{path}/resolution", done, technician(shop, "wu.gang"))).json()["state"] == "resolved"
        reason = {"reason": "又裂了", "due_on": "2027-02-09"}
        again = (await ask(shop, f"{path}/reopening", reason, shop.inspector)).json()
        assert (again["state"], again["due_on"], again["reopened"], again["resolved_by"]) == ("open", "2027-02-09", 1, None)
        assert (await ask(shop, f"{path}/resolution", done, boss)).json()["resolved_by"] == "boss"
        own = await ask(shop, f"{path}/verification", {}, boss)
        assert (own.status_code, own.json()["code"]) == (409, "resolved_it")
        seen = (await ask(shop, f"{path}/verification", {"remark": "好"}, shop.inspector)).json()
        assert (seen["state"], seen["verified_by"]) == ("verified", "xu.lan")
        assert (await ask(shop, f"{path}/verification", {}, shop.dispatcher)).json()["code"] == "illegal_transition"
        back = await ask(shop, f"{path}/reopening", reason | {"due_on": "2027-02-01"}, boss)
        assert back.json()["errors"][0]["type"] == "in_the_past"
    detail = (await shop.client.get(path, headers=shop.dispatcher)).json()
    assert [(each["step"], each["words"], each["taken_by"]) for each in detail["steps"]] == [
        ("resolved", "已更换", "wu.gang"), ("reopened", "又裂了", "xu.lan"), ("resolved", "已更换", "boss"),
        ("verified", "好", "xu.lan"),
    ]  # fmt: skip
    assert await steps(shop, found["id"]) == ["open", "resolved", "open", "resolved", "verified"]
    assert await said(shop, found["id"]) == [
        "safety_finding_opened", "safety_finding_resolved", "safety_finding_opened", "safety_finding_resolved",
        "safety_finding_verified",
    ]  # fmt: skip


async def test_an_overdue_finding_is_listed_and_said_once_for_each_day(shop: Shop) -> None:
    """W10: the day is the store's; given to somebody else by another day, it may be overdue again."""
    found = await a_finding(shop, due_on="2027-02-02")
    path = f"/safety-findings/{found['id']}"

    async def late() -> bool:
        await the_clock_ran(shop, schedules=2)
        return found["id"] in {each["id"] for each in await findings(shop, overdue="true", store_id="sh01")}

    with on(MONDAY + days(1), 23):
        assert not await late()
    with on(MONDAY + days(2), 0):
        assert await late()
        assert await late()
        assert found["id"] not in {each["id"] for each in await findings(shop, overdue="false")}
        other = {"owner": "wu.gang", "due_on": "2027-02-05", "reason": "病假"}
        assert (await ask(shop, f"{path}/assignment", other, shop.dispatcher)).json()["owner"] == "wu.gang"
        assert not await late()
    with on(MONDAY + days(5), 0):
        assert await late()
    assert [body["due_on"] for kind, body in await shop.said(UUID(found["id"])) if kind == "safety_finding_overdue"] == [
        "2027-02-02", "2027-02-05",
    ]  # fmt: skip


async def test_a_foreign_store_s_checks_are_not_there(shop: Shop) -> None:
    """Neither to read nor to write; with every role in another store."""
    found = await a_finding(shop)
    made, theirs = found["round_id"], called_by("technician", "store_manager", "dispatcher", "inspector", store="sh02")
    for path in (
        f"/safety-rounds/{made}", f"/safety-findings/{found['id']}", "/stores/sh01/checklists", "/stores/sh01/waste-handovers",
        "/stores/sh01/round-measures?from_on=2027-02-01&until_on=2027-02-01",
    ):  # fmt: skip
        assert (await shop.client.get(path, headers=theirs)).status_code == 404, path
    entry = {"waste_kind": "filters", "quantity_milli": 1, "receiver": "R", "manifest_no": "M", "handed_over_on": "2027-01-01"}
    for path, body in (
        (f"/safety-rounds/{made}/answers", answers()), (f"/safety-rounds/{made}/completion", {}),
        (f"/safety-findings/{found['id']}/resolution", {"done": "x"}), (f"/safety-findings/{found['id']}/verification", {}),
        (f"/safety-findings/{found['id']}/assignment", {"owner": "x", "due_on": "2027-02-05"}),
        (f"/safety-findings/{found['id']}/reopening", {"reason": "x", "due_on": "2027-02-05"}),
        ("/stores/sh01/checklists", a_checklist()), ("/stores/sh01/waste-handovers", entry),
    ):  # fmt: skip
        answer = await shop.client.post(path, json=body, headers=theirs | once() | {"If-Match": '"2"'})
        assert answer.status_code == 404, path
    listed = (await shop.client.get("/safety-findings", headers=theirs)).json()["items"]
    assert found["id"] not in {each["id"] for each in listed}
