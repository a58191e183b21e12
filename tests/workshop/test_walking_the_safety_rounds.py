"""6S, safety and hazardous-waste checks: due by a schedule, made by a person, and what they find is followed up."""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import text

from services.workshop.domain.checklists import DEFAULTS
from services.workshop.inbox import DUE
from shared import clock
from shared.database import new_id
from shared.schedule import Schedule
from shared.settings import settings
from tests.callers import called_by, once
from tests.shared.turnstile import until
from tests.workshop.shop import Shop

Json = dict[str, Any]
ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2027, 2, 1)
BY_THE_CLOCK = [work for work in DUE if work.name in ("open_rounds", "note_overdue", "note_finding_overdue")]
WRONG = {"result": "not_ok", "severity": "serious", "to_do": "换胶垫"}


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZONE)


def days(count: int) -> timedelta:
    return timedelta(days=count)


@pytest.fixture(autouse=True)
def sunday() -> Iterator[None]:
    """The day before that Monday."""
    with clock.stopped(at(MONDAY - days(1))):
        yield


def a_checklist(**told: Any) -> Json:
    """Of nobody else; every day from that Monday on, by noon, two items of which one is measured."""
    items = [
        {"code": "pads", "name_zh": "托垫", "name_en": "Pads"},
        {"code": "oil", "name_zh": "油量", "name_en": "Oil", "unit": "l"},
    ]
    made = {
        "code": f"c{new_id().hex[-10:]}", "kind": "safety", "name_zh": "举升机", "name_en": "Lifts", "items": items,
        "due_minute": 12 * 60, "answers_role": "technician", "from_on": MONDAY.isoformat(), **told,
    }  # fmt: skip
    return made if made.keys() & {"weekdays", "month_day"} else {"every_days": 1} | made


async def written(shop: Shop, *, store: str | None = None, **told: Any) -> str:
    """The code of a checklist of the shop, or (store 'all') of the group."""
    answer = await write(shop, a_checklist(**told), store=store)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["code"])


async def write(shop: Shop, body: Json, *, store: str | None = None) -> httpx.Response:
    if store == "all":
        return await shop.client.post("/checklists", json=body, headers=called_by("group_manager", store="*") | once())
    path = f"/stores/{shop.store}/checklists"
    return await shop.client.post(path, json=body, headers=shop.by("store_manager", subject="boss") | once())


async def the_clock_ran(shop: Shop, work: str = "", *, schedules: int = 1) -> None:
    """Until nothing of this is due, here or in the service itself, whichever comes first."""
    works = [each for each in BY_THE_CLOCK if work in ("", each.name)]
    looking = [Schedule("workshop", works, shop.database, settings()) for _ in range(schedules)]
    waits = text(
        "SELECT (SELECT count(*) FROM round_plans WHERE open_at <= :now)"
        " + (SELECT count(*) FROM safety_rounds WHERE state = 'open' AND due_at <= :now)"
        " + (SELECT count(*) FROM safety_findings WHERE state = 'open' AND NOT overdue_said AND overdue_at <= :now)"
    )

    async def done() -> bool:
        await asyncio.gather(*(each.pass_over(found) for each in looking for found in works))
        async with shop.database.hearing() as session:
            return work != "" or not await session.scalar(waits, {"now": clock.now()})

    await until(done)


async def rounds(shop: Shop, code: str, **asked: Any) -> list[Json]:
    """Oldest first."""
    params = {"code": code, "store_id": shop.store, "limit": 200, **asked}
    answer = await shop.client.get("/safety-rounds", params=params, headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(reversed(answer.json()["items"]))


async def states(shop: Shop, code: str) -> dict[str, str]:
    return {each["due_on"]: each["state"] for each in await rounds(shop, code)}


@contextmanager
def on(day: date, hour: int = 9) -> Iterator[None]:
    with clock.stopped(at(day, hour)):
        yield


async def the_round(shop: Shop, code: str) -> Json:
    """The newest, opened by the clock."""
    await the_clock_ran(shop)
    return (await rounds(shop, code))[-1]


async def ask(shop: Shop, path: str, body: Json, by: dict[str, str]) -> httpx.Response:
    """Upon the newest version of what the path is about."""
    seen = await shop.client.get(path.rpartition("/")[0], headers=shop.dispatcher)
    assert seen.status_code == 200, seen.text
    return await shop.client.post(path, json=body, headers=by | once() | {"If-Match": seen.headers["etag"]})


def technician(shop: Shop, subject: str = "chen.jie") -> dict[str, str]:
    return shop.by("technician", subject=subject)


def answers(*, pads: Json | None = None) -> Json:
    return {"answers": [{"item": "pads", **(pads or {"result": "ok"})}, {"item": "oil", "result": "ok", "measured_milli": 250}]}


async def completed(shop: Shop, code: str, *, pads: Json | None = None) -> Json:
    made = await the_round(shop, code)
    answer = await ask(shop, f"/safety-rounds/{made['id']}/completion", answers(pads=pads), technician(shop))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def a_finding(shop: Shop, **told: Any) -> Json:
    """Found on that Monday; its round, too, is known to nobody else."""
    code = await written(shop)
    with on(MONDAY):
        made = await completed(shop, code, pads=WRONG | told)
        [found] = await findings(shop, round_id=made["id"])
    return found


async def findings(shop: Shop, **asked: Any) -> list[Json]:
    answer = await shop.client.get("/safety-findings", params={"limit": 200, **asked}, headers=shop.dispatcher)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def said(shop: Shop, subject: str) -> list[str]:
    return [kind for kind, _ in await shop.said(UUID(subject))]


async def steps(shop: Shop, subject: str) -> list[str]:
    query = text("SELECT to_state FROM state_history WHERE subject_id = :id ORDER BY seq")
    async with shop.database.hearing() as session:
        return list(await session.scalars(query, {"id": UUID(subject)}))


async def test_a_due_round_is_opened_once_whoever_looks(shop: Shop) -> None:
    """W10: two processes at once, again and again, beside the service's own."""
    code = await written(shop)
    for day in (MONDAY, MONDAY + days(1), MONDAY + days(2)):
        with on(day):
            await asyncio.gather(*(the_clock_ran(shop, "open_rounds", schedules=2) for _ in range(3)))
            await the_clock_ran(shop)
            assert list((await states(shop, code)).values()).count("open") == 1
    assert await states(shop, code) == {"2027-02-01": "missed", "2027-02-02": "missed", "2027-02-03": "open"}
    for each in await rounds(shop, code):
        assert (await said(shop, each["id"])).count("safety_round_missed") == (each["state"] == "missed")


async def test_days_on_which_nothing_ran_are_recorded_as_missed_the_last_ones_only(shop: Shop) -> None:
    """W10: nothing is skipped silently; seven missed rounds are recorded, and the newest can still be made."""
    daily, weekly = await written(shop), await written(shop, weekdays=[1])
    with on(MONDAY + days(16)):
        await the_clock_ran(shop)
        assert list((await states(shop, daily)).items()) == [
            *(((MONDAY + days(n)).isoformat(), "missed") for n in range(9, 16)), ("2027-02-17", "open"),
        ]  # fmt: skip
        made = await states(shop, weekly)
        assert made == {"2027-02-01": "missed", "2027-02-08": "missed", "2027-02-15": "overdue"}
        late = await completed(shop, weekly)
        assert (late["state"], late["due_on"]) == ("completed", "2027-02-15")
    [completed_, *_] = reversed([body for kind, body in await shop.said(UUID(late["id"])) if kind.endswith("completed")])
    assert (completed_["on_time"], completed_["item_count"], completed_["not_ok_count"]) == (False, 2, 0)


async def test_a_store_says_how_many_missed_rounds_it_wants_to_see(shop: Shop) -> None:
    other = Shop(shop.client, shop.database, store="sh02")
    by = other.by("store_manager") | once()
    answer = await shop.client.post("/stores/sh02/policies/rounds", json={"value": {"most_missed": 2}}, headers=by)
    assert answer.status_code == 201, answer.text
    code = await written(other)
    with on(MONDAY + days(9)):
        await the_clock_ran(other)
        assert list((await states(other, code)).values()) == ["missed", "missed", "open"]


async def test_a_round_is_overdue_after_its_time_and_missed_when_the_next_is_due(shop: Shop) -> None:
    """W10: said once each."""
    code = await written(shop)
    with on(MONDAY):
        made = await the_round(shop, code)
        assert (made["state"], made["due_at"]) == ("open", "2027-02-01T04:00:00Z")
    with on(MONDAY, 12):
        await the_clock_ran(shop, schedules=2)
        assert await rounds(shop, code, state="overdue", due_on="2027-02-01")
    with on(MONDAY + days(1), 0):
        await the_clock_ran(shop, schedules=2)
        over = await ask(shop, f"/safety-rounds/{made['id']}/completion", answers(), technician(shop))
        assert (over.status_code, over.json()["code"]) == (409, "round_over")
    assert await said(shop, made["id"]) == ["safety_round_overdue", "safety_round_missed"]
    assert await steps(shop, made["id"]) == ["open", "overdue", "missed"]


async def test_checklists_fall_due_by_their_rhythm(shop: Shop) -> None:
    """Every third day, on two weekdays, on the last day of the month."""
    third = await written(shop, every_days=3)
    weekly = await written(shop, weekdays=[2, 5])
    monthly = await written(shop, month_day=31)
    for n in range(29):
        with on(MONDAY + days(n)):
            await the_clock_ran(shop)
    february = [date.fromisoformat(day).day for day in await states(shop, third) if day < "2027-03"]
    assert february == [1, 4, 7, 10, 13, 16, 19, 22, 25, 28]
    assert [date.fromisoformat(day).day for day in await states(shop, weekly)] == [2, 5, 9, 12, 16, 19, 23, 26]
    assert list(await states(shop, monthly)) == ["2027-02-28"]


async def test_what_comes_with_the_product_needs_no_setting_up(shop: Shop) -> None:
    """W10: six S every day, lifts and fire every week, hazardous waste every month, in both languages."""
    answer = await shop.client.get("/stores/ny01/checklists", headers=called_by("technician", store="ny01"))
    shown = {each["code"]: each for each in answer.json()["items"]}
    assert shown.keys() >= {"six-s", "lift-safety", "fire-safety", "hazardous-waste"}
    assert [item["name_zh"][:2] for item in shown["six-s"]["items"]] == ["整理", "整顿", "清扫", "清洁", "素养", "安全"]
    assert {shown["six-s"]["every_days"], shown["lift-safety"]["weekdays"][0], shown["hazardous-waste"]["month_day"]} == {1, 25}
    waste = {item["code"]: item["unit"] for item in shown["hazardous-waste"]["items"] if item["unit"]}
    assert waste == {"used-oil": "l", "filters": "kg", "batteries": "kg", "coolant": "l", "paint-waste": "kg"}
    for sheet in DEFAULTS.values():
        assert all(item["name_zh"] and item["name_en"] for item in sheet.items)
    with clock.stopped(datetime(2027, 5, 3, 16, 0, tzinfo=UTC)):  # noon of a Monday in New York
        await the_clock_ran(shop)
        there = Shop(shop.client, shop.database, store="ny01")
        made = (await rounds(there, "six-s"))[-1]
    assert (made["due_on"], made["checklist_version"], made["set_by"]) == ("2027-05-03", 0, None)
    assert made["due_at"] == "2027-05-03T22:00:00Z", "six in the evening there"


async def test_a_store_s_checklist_goes_before_the_group_s_and_a_new_version_is_for_days_to_come(shop: Shop) -> None:
    """W10: a round keeps the version that it was made by."""
    code = await written(shop, store="all", name_en="Of the group")
    tuesday = (MONDAY + days(1)).isoformat()
    assert await written(shop, code=code, name_en="Our own", from_on=tuesday) == code
    other = Shop(shop.client, shop.database, store="sh02")
    shown = []
    for day in (MONDAY, MONDAY + days(1)):
        with on(day):
            for each in (shop, other):
                made = await the_round(each, code)
                read = await shop.client.get(f"/safety-rounds/{made['id']}", headers=each.dispatcher)
                shown.append((made["set_by"], made["checklist_version"], read.json()["name_en"]))
    group = ("all", 1, "Of the group")
    assert shown == [group, group, ("sh01", 1, "Our own"), group]
    with on(MONDAY + days(1)):
        late = await write(shop, a_checklist(code=code, from_on=tuesday))
        assert late.json()["errors"][0]["type"] == "not_to_come"
        second = await write(shop, a_checklist(code=code, from_on="2027-02-03", retired=True))
        assert (second.status_code, second.json()["version"]) == (201, 2)
    with on(MONDAY + days(4)):
        await the_clock_ran(shop)
        assert await states(shop, code) == {"2027-02-01": "missed", "2027-02-02": "missed"}, "nobody waits for what is retired"
    listed = await shop.client.get("/checklists", params={"code": code}, headers=shop.dispatcher)
    assert [(each["store_id"], each["version"]) for each in listed.json()["items"]] == [("sh01", 2), ("sh01", 1), ("all", 1)]


async def test_a_checklist_says_one_rhythm_and_who_answers(shop: Shop) -> None:
    for wrong, told in (
        ("rhythm_wrong", {"every_days": 1, "weekdays": [1]}), ("nobody_answers", {"answers_user": "chen.jie"}),
        ("nobody_answers", {"answers_role": None}),
        ("item_repeated", {"items": [{"code": "x", "name_zh": "一", "name_en": "one"}] * 2}),
    ):  # fmt: skip
        answer = await write(shop, a_checklist(**told))
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, wrong)
    by = called_by("group_manager", store="sh01") | once()
    assert (await shop.client.post("/checklists", json=a_checklist(), headers=by)).status_code == 403


async def test_a_round_is_answered_item_by_item_and_stays_as_it_is_once_completed(shop: Shop) -> None:
    """W10: with remarks and what was measured; the last word on an item counts."""
    code = await written(shop)
    with on(MONDAY):
        path = f"/safety-rounds/{(await the_round(shop, code))['id']}"
        first = {"answers": [{"item": "pads", **WRONG, "remark": "裂纹"}]}
        assert (await ask(shop, f"{path}/answers", first, technician(shop))).status_code == 200
        unready = await ask(shop, f"{path}/completion", {}, technician(shop))
        assert (unready.json()["code"], unready.json()["parameters"]["items"]) == ("items_unanswered", ["oil"])
        second = {"answers": [{"item": "pads", "result": "ok", "remark": "已换"}]}
        assert (await ask(shop, f"{path}/answers", second, technician(shop))).status_code == 200
        last = {"answers": [{"item": "oil", "result": "ok", "measured_milli": 1_500}]}
        made = (await ask(shop, f"{path}/completion", last, technician(shop))).json()
        assert [(each["item"], each["result"], each["measured_milli"]) for each in made["answers"]] == [
            ("pads", "ok", None), ("oil", "ok", 1_500),
        ]  # fmt: skip
        assert (made["state"], made["completed_by"], made["not_ok"]) == ("completed", "chen.jie", 0)
        for action in ("answers", "completion"):
            again = await ask(shop, f"{path}/{action}", second, technician(shop))
            assert (again.status_code, again.json()["code"]) == (409, "round_over")
        assert await findings(shop, round_id=made["id"]) == []
        stale = technician(shop) | once() | {"If-Match": '"1"'}
        assert (await shop.client.post(f"{path}/answers", json=second, headers=stale)).status_code == 412


@pytest.mark.parametrize(
    ("wrong", "said_of_it"),
    [
        ("unknown_item", {"item": "nothing", "result": "ok"}),
        ("measured_missing", {"item": "oil", "result": "ok"}),
        ("measured_unasked", {"item": "pads", "result": "ok", "measured_milli": 1}),
        ("finding_missing", {"item": "pads", "result": "not_ok"}),
        ("finding_unasked", {"item": "pads", "result": "ok", "severity": "minor"}),
        ("in_the_past", {"item": "pads", **WRONG, "due_on": "2027-01-31"}),
    ],
)
async def test_an_answer_fits_its_item(shop: Shop, wrong: str, said_of_it: Json) -> None:
    code = await written(shop)
    with on(MONDAY):
        path = f"/safety-rounds/{(await the_round(shop, code))['id']}/answers"
        answer = await ask(shop, path, {"answers": [said_of_it]}, technician(shop))
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, wrong)
        twice = {"answers": [{"item": "pads", "result": "ok"}] * 2}
        assert (await ask(shop, path, twice, technician(shop))).json()["errors"][0]["type"] == "item_repeated"


async def test_who_answers_for_a_round_makes_it_or_the_manager(shop: Shop) -> None:
    """W10: a role, or one user."""
    of_role, of_user = await written(shop), await written(shop, answers_role=None, answers_user="wu.gang")
    with on(MONDAY):
        for code, others, theirs in (
            (of_role, shop.by("inspector", subject="xu.lan"), technician(shop)),
            (of_user, technician(shop), technician(shop, "wu.gang")),
            (of_user, technician(shop), shop.by("store_manager", subject="boss")),
        ):
            path = f"/safety-rounds/{(await the_round(shop, code))['id']}/answers"
            one = {"answers": [{"item": "pads", "result": "ok"}]}
            refused = await ask(shop, path, one, others)
            assert (refused.status_code, refused.json()["code"]) == (409, "somebody_else_answers")
            assert (await ask(shop, path, one, theirs)).status_code == 200
            assert (await ask(shop, path, one, shop.by("advisor"))).status_code == 403


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
        await the_clock_ran(shop, "note_finding_overdue", schedules=2)
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


async def test_the_ledger_of_hazardous_waste_is_only_added_to(shop: Shop) -> None:
    """W10: kind, grams or millilitres, receiver and manifest; what was wrong is put right by another entry."""
    by, manifest = shop.by("dispatcher", subject="lin.wei"), f"HW-{new_id().hex[-8:]}"
    entry = {"waste_kind": "used_oil", "quantity_milli": 180_500, "receiver": "绿源环保", "manifest_no": manifest,
             "handed_over_on": "2027-01-30"}  # fmt: skip

    async def entered(**told: Any) -> httpx.Response:
        return await shop.client.post(f"/stores/{shop.store}/waste-handovers", json=entry | told, headers=by | once())

    first = (await entered()).json()
    assert (first["unit"], first["recorded_by"]) == ("l", "lin.wei")
    assert (await entered()).json()["code"] == "manifest_recorded"
    assert (await entered(waste_kind="filters")).json()["unit"] == "kg", "another kind on the same manifest"
    for wrong, told in (
        ("in_the_future", {"handed_over_on": "2027-02-01"}), ("nothing_handed_over", {"quantity_milli": 0}),
        ("unknown_entry", {"corrects": str(new_id())}),
    ):  # fmt: skip
        assert (await entered(**told)).json()["errors"][0]["type"] == wrong
    second = (await entered(corrects=first["id"], quantity_milli=185_000)).json()
    assert (await entered(corrects=first["id"])).json()["code"] == "entry_corrected"
    void = (await entered(corrects=second["id"], quantity_milli=0)).json()
    assert (await entered(quantity_milli=190_000)).status_code == 201, "nothing stands under the manifest any more"
    path = f"/stores/{shop.store}/waste-handovers?waste_kind=used_oil&limit=200"
    listed = (await shop.client.get(path, headers=shop.dispatcher)).json()["items"]
    mine = {each["quantity_milli"]: each["corrected_by"] for each in listed if each["manifest_no"] == manifest}
    assert mine == {180_500: second["id"], 185_000: void["id"], 0: None, 190_000: None}


async def test_rounds_on_time_are_counted_per_kind_by_their_parts(shop: Shop) -> None:
    """W10, K1: on time over due; what is not due yet is left out and told."""
    there = Shop(shop.client, shop.database, store="hz01")
    begins = date(2027, 6, 7)
    with clock.stopped(at(begins - days(1))):
        codes = [await written(there, kind="hazardous_waste", from_on=begins.isoformat()) for _ in range(2)]
    with on(begins):
        await completed(there, codes[0])
    with on(begins, 13):
        await completed(there, codes[1])
    with on(begins + days(1)):
        await the_clock_ran(there)
        asked = {"from_on": begins.isoformat(), "until_on": (begins + days(1)).isoformat()}
        headers = there.by("store_manager")
        answer = await shop.client.get("/stores/hz01/round-measures", params=asked, headers=headers)
        found = {each["name"]: each for each in answer.json()["measures"]}["rounds_on_time:hazardous_waste"]
        assert (found["numerator"], found["denominator"], found["value_bp"]) == (1, 2, 5_000)
        assert found["exclusions"] == [{"reason": "not_due_yet", "count": 2}]
        wrong = asked | {"until_on": "2028-06-07"}
        answer = await shop.client.get("/stores/hz01/round-measures", params=wrong, headers=headers)
        assert answer.json()["errors"][0]["type"] == "range_wrong"


async def test_pages_of_rounds_follow_each_other(shop: Shop) -> None:
    code = await written(shop)
    with on(MONDAY + days(4)):
        await the_clock_ran(shop)
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"code": code, "limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await shop.client.get("/safety-rounds", params=asked, headers=shop.dispatcher)).json()
        seen += [each["due_on"] for each in page["items"]]
        cursor = page["next"]
    assert seen == [(MONDAY + days(n)).isoformat() for n in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_each_due_day_has_one_round_in_one_state(shop: Shop, seed: int) -> None:
    """W10, M6: the clock runs or stands still, people come or do not, in random order."""
    luck = random.Random(seed)
    code = await written(shop)
    day, made_on, opened_on = MONDAY, set[str](), list[str]()
    for _ in range(12):
        with on(day, luck.choice((9, 15))):
            await the_clock_ran(shop, schedules=luck.choice((1, 2)))
            opened_on.append(day.isoformat())
            if luck.random() < 0.5:
                made_on.add((await completed(shop, code))["due_on"])
        day += days(luck.choice((1, 1, 1, 2, 5)))
    found = await rounds(shop, code)
    expected = [(MONDAY + days(n)).isoformat() for n in range((date.fromisoformat(opened_on[-1]) - MONDAY).days + 1)]
    assert [each["due_on"] for each in found] == expected
    for each in found:
        if each["due_on"] in made_on:
            assert each["state"] == "completed"
        else:
            assert (each["state"] == "missed") == (each["due_on"] != expected[-1])
        ends = [kind for kind in await said(shop, each["id"]) if kind in ("safety_round_completed", "safety_round_missed")]
        assert len(ends) == (each["state"] in ("completed", "missed"))
