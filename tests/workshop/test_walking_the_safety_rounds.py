"""6S, safety and hazardous-waste checks: due by a schedule and made by a person."""

import asyncio
import random
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from services.workshop.domain.checklists import DEFAULTS
from shared import clock
from tests.callers import called_by, once
from tests.workshop.safety import (
    MONDAY,
    WRONG,
    Json,
    a_checklist,
    answers,
    ask,
    at,
    completed,
    days,
    findings,
    on,
    rounds,
    said,
    states,
    steps,
    technician,
    the_clock_ran,
    the_round,
    write,
    written,
)
from tests.workshop.shop import Shop

pytestmark = pytest.mark.usefixtures("sunday")


async def test_a_due_round_is_opened_once_whoever_looks(shop: Shop) -> None:
    """W10: two processes at once, again and again, beside the service's own."""
    code = await written(shop)
    for day in (MONDAY, MONDAY + days(1), MONDAY + days(2)):
        with on(day):
            await asyncio.gather(*(the_clock_ran(shop, schedules=2) for _ in range(3)))
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
