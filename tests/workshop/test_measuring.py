"""The measures are what the rows say (K1): counted once more by hand, and rule by rule."""

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from shared import clock
from shared.database import new_id
from tests.callers import called_by
from tests.workshop.days import SUMMER_TIME_ENDS, Days
from tests.workshop.recounting import Recount, in_bp
from tests.workshop.shop import Shop
from tests.workshop.words import CAUSE, CORRECTION, a_labour_line, a_lending, a_taking_back, authorised_work

NEW_YORK = ZoneInfo("America/New_York")
SATURDAY, SUNDAY, TUESDAY = date(2026, 10, 31), date(2026, 11, 1), date(2026, 11, 3)
Measured = dict[str, dict[str, dict[str, Any]]]


async def measured(shop: Shop, from_on: date, until_on: date, by: str = "store") -> Measured:
    """Group -> measure -> what was answered."""
    asked = {"from_on": from_on.isoformat(), "until_on": until_on.isoformat(), "by": by}
    headers = shop.by("store_manager", subject="boss")
    answer = await shop.client.get(f"/stores/{shop.store}/measures", params=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return {group["key"]: {each["name"]: each for each in group["measures"]} for group in answer.json()["groups"]}


@pytest.fixture(scope="module")
async def days(shop: Shop) -> Days:
    """Some days in New York, among them the one with 25 hours."""
    days = Days(replace(shop, store="ny01"), random.Random(7), SUMMER_TIME_ENDS)
    await days.hire()
    for _ in range(5):
        await days.open(2)
        await days.go_on(60)
    await days.keep_waiting()
    await days.clock_in(SUMMER_TIME_ENDS)
    await days.close_the_forgotten()
    await days.forget_amounts()
    return days


@pytest.mark.parametrize("by", ["store", "day", "technician", "trade"])
@pytest.mark.parametrize(
    ("from_on", "until_on"), [(SATURDAY, date(2026, 11, 12)), (SUNDAY, SUNDAY), (TUESDAY, date(2026, 11, 6))]
)
async def test_random_days_give_what_a_count_by_hand_gives(days: Days, by: str, from_on: date, until_on: date) -> None:
    """K1: with rework, breaks, waits, corrections, a job of several hands, somebody who forgot to go home, and a night on which
    the clocks go back."""
    with days.at():
        found = await measured(days.shop, from_on, until_on, by)
    counted = Recount(await days.rows(), NEW_YORK, from_on, until_on, days.now, by).all()
    assert found.keys() == counted.keys()
    for key, group in found.items():
        for name, told in group.items():
            still_open = sum(each["count"] for each in told["exclusions"] if each["reason"] == "still_open")
            assert (told["numerator"], told["denominator"], still_open) == counted[key].get(name, (0, 0, 0)), (key, name)
            assert told["value_bp"] == in_bp(told["numerator"], told["denominator"], told["unit"])
        assert counted[key].keys() <= group.keys()


async def test_the_random_days_hold_everything_that_is_measured(days: Days) -> None:
    with days.at():
        whole = (await measured(days.shop, SATURDAY, date(2026, 11, 20)))["ny01"]
    for name in ("utilisation", "efficiency", "productivity", "hours_per_order", "on_time", "same_day", "reworked"):
        assert whole[name]["numerator"] and whole[name]["denominator"], name
    assert len([name for name in whole if name.startswith("paused:")]) > 2
    for name in ("held:wait_parts", "held:lent_back", "paused:wait_tool"):
        assert "still_open" in {each["reason"] for each in whole[name]["exclusions"]}, name
    sales = whole["labour_sales_per_sold_hour"]
    assert whole["held:wait_parts"]["numerator"] and sales["value_bp"]
    assert "no_amount" in {each["reason"] for each in sales["exclusions"]}
    rows = await days.rows()
    hands: dict[Any, set[str]] = {}
    for row in rows["activities"]:
        hands.setdefault(row["job_id"], set()).add(row["technician"])
    completed = {job["id"] for job in rows["jobs"] if job["state"] == "completed"}
    assert any(len(hands.get(job, ())) > 1 for job in completed), "somebody shared a job"
    assert {each["reason"] for each in whole["utilisation"]["exclusions"]} >= {"corrected"}


def ratio(measure: dict[str, Any] | tuple[int, ...]) -> Fraction:
    above, below = (measure["numerator"], measure["denominator"]) if isinstance(measure, dict) else measure[:2]
    return Fraction(above, below)


@pytest.mark.parametrize("by", ["store", "day", "technician"])
async def test_productivity_is_utilisation_times_efficiency(days: Days, by: str) -> None:
    """K1: the identity that the trade checks itself by, with exact fractions: what is answered, against factors that were
    counted by hand."""
    until_on = date(2026, 11, 20)
    with days.at():
        found = await measured(days.shop, SATURDAY, until_on, by)
    counted = Recount(await days.rows(), NEW_YORK, SATURDAY, until_on, days.now, by).all()
    exact = 0
    for key, group in found.items():
        utilisation, efficiency = (counted[key].get(name, (0, 0, 0)) for name in ("utilisation", "efficiency"))
        if utilisation[1] and efficiency[1]:
            assert ratio(utilisation) * ratio(efficiency) == ratio(group["productivity"])
            exact += 1
    assert exact


async def test_the_trades_work_and_the_days_people_make_the_store_s_productivity(days: Days) -> None:
    """K1, W8: utilisation summed over days, of people; efficiency summed over trades, of work; their product is what the store
    as a whole is told, though each was asked for alone."""
    with days.at():
        [by_day, by_trade, whole] = [await measured(days.shop, SATURDAY, TUESDAY, by) for by in ("day", "trade", "store")]
    used, efficient = (
        [sum(group[name][part] for group in found.values()) for part in ("numerator", "denominator")]
        for found, name in ((by_day, "utilisation"), (by_trade, "efficiency"))
    )
    assert Fraction(*used) * Fraction(*efficient) == ratio(whole["ny01"]["productivity"])


async def test_what_a_trade_sold_is_its_work_whoever_did_it(shop: Shop) -> None:
    """W8: a mechanic who can paint paints a door: hours, clock and revenue are paint's, the day at work is mechanical."""
    days = _days(shop, "2025-07-01T08:00:00+08:00")
    with days.at():
        hand = await days.shop.a_hand("engine", "paint")
        promised = days.now + timedelta(hours=3)
        painting = await days.shop.a_job_of("paint", promised, first_promised_at=promised - timedelta(hours=2))
        job = await days.shop.dispatched(hand, painting)
        await days.shop.done(job, "start", hand.headers)
    days.now += timedelta(hours=1)
    with days.at():
        await days.shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        failed = {"result": "failed", "fault_code": "LEAK", "fault_owner": "technician"}
        await days.shop.done(job, "inspections", days.shop.inspector, failed)
        helper = await days.shop.a_hand("body", "paint")
        await days.shop.done(job, "dispatch", days.shop.dispatcher, days.shop.given_to(helper))
        await days.shop.done(job, "start", helper.headers)
    days.now += timedelta(hours=1)
    with days.at():
        await days.shop.done(job, "finish", helper.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        await days.shop.team_checked(job)
        await days.shop.done(job, "inspections", days.shop.inspector, {"result": "passed", "road_test_km": 3})
        of_trade, of_people = [
            await measured(days.shop, date(2025, 7, 1), date(2025, 7, 1), by) for by in ("trade", "technician")
        ]
    parts = {
        trade: {name: (each["numerator"], each["denominator"]) for name, each in group.items()}
        for trade, group in of_trade.items()
    }
    hour, sold = 3_600_000, 800 * 3_600
    assert parts["paint"]["efficiency"] == (sold, 2 * hour)
    assert parts["paint"]["labour_sales_per_sold_hour"] == (24_000, sold)
    assert parts["paint"]["utilisation"] == (0, 0), "nobody there is a painter"
    assert parts["mechanical"]["efficiency"] == parts["mechanical"]["labour_sales_per_sold_hour"] == (0, 0)
    assert parts["mechanical"]["utilisation"][0] == parts["body"]["utilisation"][0] == hour
    assert parts["mechanical"]["productivity"][0] + parts["body"]["productivity"][0] == sold
    assert (parts["paint"]["jobs_reworked"], parts["paint"]["jobs_on_time"]) == ((1, 1), (0, 1)), "by the first promise"
    reworked = {code: of_people[code]["jobs_reworked"]["denominator"] for code in (hand.technician, helper.technician)}
    assert reworked == {hand.technician: 1, helper.technician: 0}, "who put it right is not blamed"


async def test_what_waits_still_is_told_of_every_day_on_which_it_did(shop: Shop) -> None:
    """W1, K1: a car of two trades that its owner has since Monday counts in no average yet, and is told as left out."""
    days = _days(shop, "2025-08-04T08:00:00+08:00")
    ro = new_id()
    with days.at():
        await days.shop.hear(
            authorised_work(a_labour_line(), a_labour_line(op_code="BODY-DENT"), ro_id=ro, store_id="hz01"),
            a_lending(ro, version=5, at=days.now, store_id="hz01"),
        )
    days.now += timedelta(days=2)
    asked = date(2025, 8, 3), date(2025, 8, 7)
    with days.at():
        [by_day, by_trade, by_store] = [await measured(days.shop, *asked, by) for by in ("day", "trade", "store")]
    told = {key: group["held:lent_back"] for key, group in by_day.items() if "held:lent_back" in group}
    assert list(told) == ["2025-08-04", "2025-08-05", "2025-08-06"], "until now"
    whole = [group["held:lent_back"] for group in (by_store["hz01"], by_trade["mechanical"], by_trade["body"])]
    for one in (*told.values(), *whole):
        assert (one["denominator"], one["value_bp"], one["exclusions"]) == (0, None, [{"reason": "still_open", "count": 1}])
    days.now += timedelta(days=1)
    with days.at():
        await days.shop.hear(a_taking_back(ro, version=6, at=days.now, store_id="hz01"))
        over = (await measured(days.shop, *asked, "trade"))["body"]["held:lent_back"]
    assert (over["numerator"], over["denominator"], over["exclusions"]) == (3 * 24 * 3_600_000, 1, [])


async def test_what_days_and_people_did_adds_up_to_what_the_store_did(days: Days) -> None:
    with days.at():
        parts = [await measured(days.shop, SATURDAY, TUESDAY, by) for by in ("store", "day", "technician", "trade")]
    for name in ("utilisation", "efficiency", "productivity", "labour_sales_per_sold_hour"):
        sums = {
            tuple(sum(group[name][part] for group in found.values()) for part in ("numerator", "denominator"))
            for found in parts
        }
        assert len(sums) == 1


async def test_beside_other_stores_each_counts_its_own_days(days: Days) -> None:
    """Sunday begins in Shanghai half a day before it begins in New York."""
    asked = {"from_on": SUNDAY.isoformat(), "until_on": TUESDAY.isoformat()}
    with days.at():
        group = await days.shop.client.get("/measures", params=asked, headers=called_by("group_manager", store="*"))
        alone = (await measured(days.shop, SUNDAY, TUESDAY))["ny01"]
    [beside] = [each["measures"] for each in group.json()["groups"] if each["store_id"] == "ny01"]
    assert {each["name"]: each for each in beside} == alone


def _days(shop: Shop, at: str) -> Days:
    return Days(replace(shop, store="hz01"), random.Random(1), datetime.fromisoformat(at).astimezone(UTC))


async def test_time_belongs_to_the_days_on_which_it_lies(shop: Shop) -> None:
    """From 22:00 to 02:00 in Hangzhou: two hours each."""
    days = _days(shop, "2025-03-03T22:00:00+08:00")
    with days.at():
        hand = await days.shop.a_hand()
    began, ended = days.now, days.now + timedelta(hours=4)
    await days.attend(hand, began, ended)
    with clock.stopped(ended):
        found = await measured(days.shop, date(2025, 3, 3), date(2025, 3, 5), "day")
    assert {day: group["utilisation"]["denominator"] for day, group in found.items()} == {
        "2025-03-03": 7_200_000, "2025-03-04": 7_200_000, "2025-03-05": 0,
    }  # fmt: skip
    assert found["2025-03-05"]["utilisation"]["value_bp"] is None
    assert found["2025-03-03"]["utilisation"]["value_bp"] == 0


async def test_what_was_corrected_counts_for_nothing_and_is_told(shop: Shop) -> None:
    days = _days(shop, "2025-04-03T08:00:00+08:00")
    with days.at():
        hand = await days.shop.a_hand()
        job = await days.shop.a_ready_job()
    began = days.now
    attendance = await days.attend(hand, began, began + timedelta(hours=8))
    days.states[job] = "ready"
    await days.do(hand, "job", began, began + timedelta(hours=6), attendance, superseded_by=await days.correction(attendance))
    await days.do(hand, "job", began, began + timedelta(hours=2), attendance)
    await days.do(hand, "job", began + timedelta(hours=3), began + timedelta(hours=4), None)
    found = (await measured(days.shop, date(2025, 4, 3), date(2025, 4, 3)))["hz01"]["utilisation"]
    assert (found["numerator"], found["denominator"], found["value_bp"]) == (7_200_000, 28_800_000, 2_500)
    assert found["exclusions"] == [{"reason": "corrected", "count": 1}, {"reason": "without_attendance", "count": 1}]


async def test_punctuality_counts_by_the_first_promise(shop: Shop) -> None:
    """K1.  Promised for Monday noon, put off to Tuesday, delivered on Monday evening: late, and on the same day."""
    days = _days(shop, "2025-05-05T08:00:00+08:00")
    days.luck = random.Random(3)
    with days.at():
        days.hands.append(hand := await days.shop.a_hand("engine", "paint", "body"))
    with days.at():
        ro, line = new_id(), a_labour_line()
        car, promised_at = new_id(), days.now + timedelta(days=1)
        said = authorised_work(line, ro_id=ro, vehicle_id=car, store_id="hz01", promised_at=promised_at)
        noon = days.now + timedelta(hours=4)
        await days.shop.hear(said.model_copy(update={"first_promised_at": noon, "opened_on": "2025-05-05"}))
        await days.shop.dispatched(hand, line.ro_line_id)
        await days.shop.done(line.ro_line_id, "start", hand.headers)
        await days.shop.done(
            line.ro_line_id, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True}
        )
        await days.shop.done(line.ro_line_id, "inspections", days.shop.inspector, {"result": "passed", "road_test_km": 3})
    days.lines[ro] = [line.ro_line_id]
    days.now += timedelta(hours=10)
    with days.at():
        await days.deliver(ro)
        found = (await measured(days.shop, date(2025, 5, 5), date(2025, 5, 5)))["hz01"]
    assert [(found[name]["numerator"], found[name]["denominator"]) for name in ("on_time", "same_day")] == [(0, 1), (1, 1)]
    assert found["hours_per_order"]["value_bp"] == 8_000, "0.8 hours"
    assert [found[name]["value_bp"] for name in ("fixed_first_visit", "reworked")] == [10_000, 0]
    days.now += timedelta(days=20)
    with days.at():
        again = authorised_work(a_labour_line(), vehicle_id=car, store_id="hz01")
        await days.shop.hear(again.model_copy(update={"opened_on": "2025-05-25"}))
        found = (await measured(days.shop, date(2025, 5, 5), date(2025, 5, 5)))["hz01"]
    assert [found[name]["value_bp"] for name in ("fixed_first_visit", "reworked")] == [0, 10_000], "it came back"
    with days.at():
        await days.shop.hear(authorised_work(ro_id=again.about.subject, vehicle_id=car, store_id="hz01", version=3))
        found = (await measured(days.shop, date(2025, 5, 5), date(2025, 5, 5)))["hz01"]
    told = [found[name]["value_bp"] for name in ("fixed_first_visit", "reworked")]
    assert told == [10_000, 0], "the customer called it off before anybody began"


async def test_sold_hours_go_to_who_agreed_on_them(shop: Shop) -> None:
    """K1, C4: by the rule of what `job_completed` tells: a tenth was agreed, however long the helper worked."""
    days = _days(shop, "2025-06-02T08:00:00+08:00")
    with days.at():
        hand, helper = await days.shop.a_hand("engine"), await days.shop.a_hand("engine")
        job = await days.shop.dispatched(hand)
        agreed = {"technician": helper.technician, "share_bp": 1_000}
        await days.shop.done(job, "helpers", days.shop.dispatcher, agreed)
        for each in (hand, helper):
            await days.shop.done(job, "start", each.headers)
    days.now += timedelta(hours=1)
    with days.at():
        await days.shop.done(job, "finish", hand.headers, {"cause": CAUSE, "correction": CORRECTION, "self_checked": True})
        await days.shop.done(job, "inspections", days.shop.inspector, {"result": "passed", "road_test_km": 3})
        found = await measured(days.shop, date(2025, 6, 2), date(2025, 6, 2), "technician")
    sold = {code: found[code]["efficiency"]["numerator"] for code in (hand.technician, helper.technician)}
    assert sold == {hand.technician: 720 * 3_600, helper.technician: 80 * 3_600}


async def test_a_group_sees_its_stores_beside_each_other_and_a_store_only_itself(shop: Shop) -> None:
    asked = {"from_on": "2025-05-05", "until_on": "2025-05-05"}
    group = await shop.client.get("/measures", params=asked, headers=called_by("group_manager", store="*"))
    assert [each["store_id"] for each in group.json()["groups"]] == ["hz01", "ny01", "sh01", "sh02"]
    one = await shop.client.get("/measures", params=asked, headers=called_by("store_manager", store="sh02"))
    assert [each["store_id"] for each in one.json()["groups"]] == ["sh02"]
    foreign = await shop.client.get("/stores/sh01/measures", params=asked, headers=called_by("store_manager", store="sh02"))
    assert foreign.status_code == 404
    nobody = await shop.client.get("/stores/sh01/measures", params=asked, headers=shop.by("technician"))
    assert nobody.status_code == 403


@pytest.mark.parametrize(("from_on", "until_on"), [("2025-05-05", "2025-05-04"), ("2025-01-01", "2025-04-03")])
async def test_a_range_is_of_one_to_ninety_two_days(shop: Shop, from_on: str, until_on: str) -> None:
    asked = {"from_on": from_on, "until_on": until_on}
    answer = await shop.client.get("/stores/sh01/measures", params=asked, headers=shop.by("store_manager"))
    assert (answer.status_code, answer.json()["code"]) == (422, "range_wrong")
