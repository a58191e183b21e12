"""One walk for each demand on the workshop that it meets, through the running services: HTTP on the floor, the broker between
the floor, the front desk and the store room."""

import secrets
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from deploy.demo import front_desk, troubles
from deploy.demo.floor import bay_for
from deploy.demo.people import Person, Refusal
from deploy.demo.plan import PARTS, TRADES
from deploy.demo.stores import delivery_of
from shared import clock
from tests.journeys.desk import CUSTOMER, Desk, Json, labour, open_desk_of, part

STORE = "hz01"
DONE = {"cause": "磨损", "correction": "已更换", "self_checked": True}
PASSED = {"result": "passed", "road_test_km": 3}
desk = open_desk_of(STORE)


async def ready(desk: Desk, op_code: str = "mechanical-check", **order: object) -> str:
    """A job that can be given out."""
    concern = order.pop("concern_code", None)
    agreed = await desk.agree(await desk.a_car(**order), labour(op_code, concern_code=concern))
    job = next(str(line["id"]) for line in agreed["lines"] if line["kind"] == "labour")

    async def seen() -> bool:
        found = await front_desk.as_heard(desk.store.dispatcher, f"/jobs/{job}")
        return bool(found and found["job"]["state"] == "ready")

    await desk.store.dispatcher.until(f"{job} to be ready", seen)
    return job


async def given(desk: Desk, job: str) -> tuple[Person, str, str]:
    """To who is proposed; the technician, their code and the bay."""
    pair = await desk.store.give_out(job)
    return desk.store.technician(pair.technician), pair.technician, pair.bay


def lately() -> dict[str, str]:
    """The days around now, whatever zone the store is in."""
    now, day = datetime.now(UTC), timedelta(days=1)
    return {"from_on": (now - day).date().isoformat(), "until_on": (now + day).date().isoformat()}


async def complete(desk: Desk, hands: Person, job: str, *, begun: bool = False) -> None:
    """Worked on, checked and passed."""
    if not begun:
        await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/finish", DONE, on=f"/jobs/{job}")
    await desk.store.inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")


async def kind_of(desk: Desk, bay: str) -> str:
    bays = (await desk.store.dispatcher.ask(f"{desk.at}/board"))["bays"]
    return next(str(each["kind"]) for each in bays if each["code"] == bay)


async def state(desk: Desk, job: str) -> Json:
    return dict((await desk.store.dispatcher.ask(f"/jobs/{job}"))["job"])


async def test_the_board_shows_at_a_glance_who_does_what_where_and_what_was_promised(desk: Desk) -> None:
    """W1."""
    job = await ready(desk)
    before = await desk.store.dispatcher.ask(f"{desk.at}/board")
    hands, code, bay = await given(desk, job)
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    board = await desk.store.dispatcher.ask(f"{desk.at}/board")
    line = next(each for each in board["jobs"] if each["job_id"] == job)
    assert (line["state"], line["technician"], line["bay"], line["promise"]) == ("working", code, bay, "on_track")
    assert line["plate"] and line["state_since"]
    place = next(each for each in board["bays"] if each["code"] == bay)
    person = next(each for each in board["technicians"] if each["code"] == code)
    assert (place["job_id"], person["job_id"], person["doing"]) == (job, job, "job")
    assert board["free_technicians"] == before["free_technicians"] - 1
    await complete(desk, hands, job, begun=True)
    after = await desk.store.dispatcher.ask(f"{desk.at}/board")
    assert job not in {each["job_id"] for each in after["jobs"]}


async def test_a_car_that_waits_for_parts_goes_home_and_comes_back_when_they_are_here(desk: Desk) -> None:
    """W1 (待料-车辆已还), K1: the parts department opens and closes the wait, the front desk says where the car is, and the
    minutes are measured by reason."""
    store, missing = desk.store, next(code for code, kept in PARTS.items() if not kept.on_the_shelf)
    many = 2_000_000  # more than any other walk left on the shelf
    line = part(missing, "mechanical-pads", quantity_milli=many, unit_price_fen=PARTS[missing].price_fen)
    agreed = await desk.agree(await desk.a_car(), labour("mechanical-pads"), line)
    order, job = str(agreed["id"]), next(str(one["id"]) for one in agreed["lines"] if one["kind"] == "labour")

    async def waits_for() -> set[str]:
        board = await store.dispatcher.ask(f"{desk.at}/board")
        found = [one for one in board["jobs"] if one["job_id"] == job]
        return {hold["reason"] for one in found for hold in one["holds"]}

    async def come_to(wanted: set[str]) -> bool:
        return await waits_for() == wanted

    await store.dispatcher.until("the parts to be short", lambda: come_to({"wait_parts"}))
    await front_desk.lend_back(store, order, 12_010)
    await store.dispatcher.until("the car to be away", lambda: come_to({"wait_parts", "lent_back"}))
    delivered = {"lines": [delivery_of(missing, many, f"late-{job[-6:]}")]}
    await store.parts_clerk.do(f"{desk.at}/goods-receipts", delivered)
    await store.dispatcher.until("the parts to be here", lambda: come_to({"lent_back"}))
    proposed = (await store.dispatcher.ask(f"{desk.at}/dispatch-proposal"))["items"]
    assert job not in {each["job_id"] for each in proposed}
    await front_desk.take_back(store, order, 12_055)
    await store.dispatcher.until("the car to be back", lambda: come_to(set()))
    hands, _, _ = await given(desk, job)
    [issued] = (await store.parts_clerk.ask("/part-lines", ro_id=order, store_id=store.code))["items"]
    await store.parts_clerk.do(f"/part-lines/{issued['id']}/issue", on=f"/part-lines/{issued['id']}")
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    at = f"/jobs/{job}"
    await hands.until("the parts to be issued", lambda: hands.may(f"{at}/finish", DONE, "parts_not_issued", on=at))
    await store.inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")
    measured = await store.manager.ask(f"{desk.at}/measures", **lately())
    held = {each["name"]: each for each in measured["groups"][0]["measures"] if each["name"].startswith("held:")}
    assert held["held:wait_parts"]["numerator"] > 0 and held["held:lent_back"]["denominator"] >= 1
    sentences = (await store.advisor.ask(f"/repair-orders/{order}/progress"))["entries"]
    assert {"lent_back", "taken_back"} <= {entry["code"] for entry in sentences}


async def test_what_another_firm_did_is_checked_before_the_front_desk_bills_it(desk: Desk) -> None:
    """W1, W5 (外加工): nobody works on the car while it is away; a fault sends it there again; passed, its line is done at the
    front desk with what the firm billed."""
    store = desk.store
    wheel = {"kind": "sublet", "op_code": "body-wheel-straighten", "description": "轮毂整形", "vendor": "轮毂修复中心",
             "cost_fen": 20_000, "unit_price_fen": 32_000, "payers": CUSTOMER}  # fmt: skip
    agreed = await desk.agree(await desk.a_car(), labour("mechanical-check"), wheel)
    line, job = (next(str(one["id"]) for one in agreed["lines"] if one["kind"] == kind) for kind in ("sublet", "labour"))
    at = f"/sublets/{line}"
    await store.dispatcher.until("the sublet work", lambda: front_desk.as_heard(store.dispatcher, at))
    await store.dispatcher.until("its job", lambda: front_desk.as_heard(store.dispatcher, f"/jobs/{job}"))
    _, code, bay = await given(desk, job)
    due_at = (clock.now() + timedelta(hours=3)).isoformat()
    for result in ({"result": "failed", "fault_code": "OUT-OF-ROUND"}, {"result": "passed"}):
        sent = {"vendor": "轮毂修复中心", "cost_fen": 20_000, "due_at": due_at}
        await store.dispatcher.do(f"{at}/sending", sent, on=at)
        assert (await state(desk, job))["bay"] is None
        with pytest.raises(Refusal) as refused:
            pair = {"technician": code, "bay": bay, "reason_code": "own_choice"}
            await store.dispatcher.do(f"/jobs/{job}/dispatch", pair, on=f"/jobs/{job}")
        assert refused.value.code == "car_not_here"
        await store.dispatcher.do(f"{at}/return", {"document_no": "LG-77", "cost_fen": 21_500}, on=at)
        await store.inspector.do(f"{at}/inspections", result, on=at)

    async def done() -> Json | None:
        lines = (await store.advisor.ask(f"/repair-orders/{agreed['id']}"))["lines"]
        return next((dict(one) for one in lines if one["id"] == line and one["completed_at"]), None)

    completed = await store.advisor.until("the line to be done", done)
    assert completed["document_no"] == "LG-77"
    [margin] = (await store.desk_manager.ask(f"/repair-orders/{agreed['id']}/margins"))["items"]
    assert (margin["cost_fen"], margin["margin_fen"]) == (21_500, 10_500)
    hands, _, _ = await given(desk, job)
    await complete(desk, hands, job)


async def test_who_waits_comes_first_and_nobody_picks_cherries(desk: Desk) -> None:
    """W2: the lounge is known at the front desk; the floor is told; skipping needs a reason."""
    promised = (clock.now() + timedelta(hours=5)).isoformat()
    one = await ready(desk, promised_at=promised)
    two = await ready(desk, promised_at=promised, waits=True)
    items = (await desk.store.dispatcher.ask(f"{desk.at}/dispatch-proposal"))["items"]
    places = {each["job_id"]: each for each in items}
    assert places[two]["rank"] < places[one]["rank"]
    assert "the customer waits" in places[two]["because"] and "客户在店等候" in places[two]["because_zh"]
    wanted = {"technician": places[two]["technician"], "bay": places[two]["bay"]}
    with pytest.raises(Refusal, match="reason_needed"):
        await desk.store.dispatcher.do(f"/jobs/{one}/dispatch", wanted, on=f"/jobs/{one}")
    taken = await desk.store.dispatcher.do(f"{desk.at}/dispatch-proposal/acceptance", {"most": 50})
    assert {one, two} <= {job["id"] for job in taken["items"]}
    for job in (one, two):
        hands = desk.store.technician((await state(desk, job))["technician"])
        await complete(desk, hands, job)


async def test_a_technician_s_day_adds_up(desk: Desk) -> None:
    """W3, K1: attended = worked + idle + waiting + break, to the second, in what the measures read."""
    job = await ready(desk)
    hands, code, _ = await given(desk, job)
    at = f"{desk.at}/technicians/{code}"
    for path, body, on in (
        (f"/jobs/{job}/start", None, f"/jobs/{job}"), (f"{at}/activities", {"kind": "break"}, None),
        (f"/jobs/{job}/start", None, f"/jobs/{job}"), (f"/jobs/{job}/pause", {"reason": "wait_approval"}, f"/jobs/{job}"),
        (f"/jobs/{job}/start", None, f"/jobs/{job}"), (f"/jobs/{job}/finish", DONE, f"/jobs/{job}"),
        (f"{at}/clock-out", None, None),
    ):  # fmt: skip
        await hands.do(path, body, on=on)
    day = (await hands.ask(f"{at}/day"))["items"][-1]
    activities = day["activities"]
    assert [each["kind"] for each in activities][-7:] == ["idle", "job", "break", "job", "wait_approval", "job", "idle"]
    for before, after in pairwise(activities):
        assert before["ended_at"] == after["started_at"]
    assert (activities[0]["started_at"], activities[-1]["ended_at"]) == (day["came_at"], day["left_at"])
    await desk.store.inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")
    [store] = (await desk.store.manager.ask(f"{desk.at}/measures", **lately()))["groups"]
    by_name = {each["name"]: each for each in store["measures"]}
    utilised, efficient, productive = (by_name[name] for name in ("utilisation", "efficiency", "productivity"))
    assert (utilised["numerator"], utilised["denominator"]) == (efficient["denominator"], productive["denominator"])
    assert efficient["numerator"] == productive["numerator"] > 0


async def test_what_is_found_goes_to_the_customer_before_anybody_works_on_it(desk: Desk) -> None:
    """W4."""
    job = await ready(desk)
    hands, _, _ = await given(desk, job)
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    supplement = await front_desk.find_more(hands, job)
    advisor = desk.store.advisor
    proposed = await advisor.until("the supplement", lambda: front_desk.as_heard(advisor, f"/supplements/{supplement}"))
    [line] = proposed["lines"]
    assert (line["severity"], line["point"], line["finding"]) == ("soon", "wipers", "雨刮器刮水不净")
    assert await front_desk.as_heard(desk.store.dispatcher, f"/jobs/{line['line_id']}") is None
    await complete(desk, hands, job, begun=True)


async def test_the_front_desk_is_told_before_during_and_after_in_plain_words(desk: Desk) -> None:
    """W6: unread notes show on the order until the advisor has read them, at the workshop, where the words are."""
    job = await ready(desk)
    order, advisor = (await state(desk, job))["ro_id"], desk.store.advisor
    floor = Person(advisor.name, advisor.grants, desk.store.dispatcher.base_url, advisor.client)
    hands, _, _ = await given(desk, job)
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    words = {"before": "前制动片剩 2 毫米", "during": "正在更换前制动片", "after": "已更换，后片一万公里后再查"}
    for stage in ("before", "during"):
        await hands.do(f"/jobs/{job}/notes", {"stage": stage, "words": words[stage]}, on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/finish", DONE, on=f"/jobs/{job}")
    after = {"stage": "after", "words": words["after"]}
    await desk.store.inspector.do(f"/jobs/{job}/notes", after, on=f"/jobs/{job}")
    await desk.store.inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")
    path = f"/repair-orders/{order}"

    async def unread() -> bool:
        return bool((await advisor.ask(path))["unread_notes"] == len(words))

    await advisor.until("three notes", unread)
    notes = (await floor.ask(f"{path}/notes"))["items"]
    assert [(note["stage"], note["words"]) for note in notes] == list(words.items())
    read = {"note_ids": [note["id"] for note in notes]}
    await advisor.do(f"{path}/workshop-notes/reading", read, on=path)
    assert (await advisor.ask(path))["unread_notes"] == 0


async def test_a_failed_check_leads_to_rework_and_a_comeback_is_known(desk: Desk) -> None:
    """W5: self check, failure with its owner, a colleague, the inspector; and the same concern again a visit later."""
    order = await desk.a_car()
    agreed = await desk.agree(order, labour("mechanical-pads", concern_code="brake_noise"))
    [job] = [str(line["id"]) for line in agreed["lines"]]
    dispatcher, inspector = desk.store.dispatcher, desk.store.inspector
    await dispatcher.until("the job", lambda: front_desk.as_heard(dispatcher, f"/jobs/{job}"))
    hands, code, _ = await given(desk, job)
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    with pytest.raises(Refusal, match="self_check_missing"):
        await hands.do(f"/jobs/{job}/finish", DONE | {"self_checked": False}, on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/finish", DONE, on=f"/jobs/{job}")
    failed = {"result": "failed", "fault_code": "noise", "fault_owner": "technician"}
    await inspector.do(f"/jobs/{job}/inspections", failed, on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/finish", DONE, on=f"/jobs/{job}")
    with pytest.raises(Refusal, match="team_check_missing"):
        await inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")
    colleague = next(person for other, person in desk.store.technicians.items() if other != code)
    await colleague.do(f"/jobs/{job}/team-check", {}, on=f"/jobs/{job}")
    await inspector.do(f"/jobs/{job}/inspections", PASSED, on=f"/jobs/{job}")
    again = await desk.check_in(
        {"id": agreed["vehicle_id"], "customer_id": agreed["customer_id"]}, odometer_km=12_050,
        symptoms=[{"concern_code": "brake_noise"}],
    )  # fmt: skip
    await desk.walk_around(again)
    second = await desk.agree(again, labour("mechanical-pads-again", concern_code="brake_pull"))
    [back] = [str(line["id"]) for line in second["lines"]]
    await dispatcher.until("the comeback", lambda: front_desk.as_heard(dispatcher, f"/jobs/{back}"))
    assert (await state(desk, back))["comeback_of"] == job


async def sellable(desk: Desk, skill: str, day: date) -> int:
    """Thousandths of an hour that may be sold of that day."""
    asked = {"from_on": day.isoformat(), "until_on": day.isoformat(), "skill": skill}
    items = (await desk.store.dispatcher.ask(f"{desk.at}/capacity-forecast", **asked))["items"]
    return sum(int(each["sellable_hours_milli"]) for each in items)


async def test_a_broken_lift_gives_back_its_work_takes_no_more_and_cannot_be_sold(desk: Desk) -> None:
    """W7, R1: the front desk hears that nobody has begun; the hours of the only bay for such work are not sold until its lift
    is mended."""
    store, day = desk.store, datetime.now(UTC).date() + timedelta(days=12)
    skill = f"roof{secrets.token_hex(3)}"
    roofer = store.technician(f"T9-{skill}")
    hired = {"code": f"T9-{skill}", "name": "车顶技师", "user": roofer.name, "skills": [skill]}
    await store.manager.do(f"{desk.at}/technicians", hired)
    await roofer.do(f"{desk.at}/technicians/{hired['code']}/clock-in")
    await store.manager.do(f"{desk.at}/bays", {"code": f"B-{skill}", "kind": skill})
    kinds = {trade: [bay_for(trade)] for trade in TRADES} | {skill: [skill]}
    await store.manager.do(f"{desk.at}/policies/capacity", {"value": {"bay_kinds": kinds}})
    shift = {"technician": hired["code"], "from_on": day.isoformat(), "until_on": day.isoformat(), "begins_minute": 480,
             "ends_minute": 960}  # fmt: skip
    await store.manager.do(f"{desk.at}/shifts", shift)

    async def to_sell(hours_milli: int) -> bool:
        return await sellable(desk, skill, day) == hours_milli

    await store.dispatcher.until("the shift to be for sale", lambda: to_sell(8_000))
    job = await ready(desk, f"{skill}-dent")
    hands, code, bay = await given(desk, job)
    outage = await troubles.break_lift(store, bay)
    assert ((await state(desk, job))["state"], (await state(desk, job))["hold_reason"]) == ("ready", "bay_out_of_order")
    body = {"technician": code, "bay": bay, "reason_code": "own_choice"}
    with pytest.raises(Refusal, match="bay_out_of_order"):
        await store.dispatcher.do(f"/jobs/{job}/dispatch", body, on=f"/jobs/{job}")
    items = (await store.dispatcher.ask(f"{desk.at}/dispatch-proposal"))["items"]
    assert bay not in {each["bay"] for each in items}
    await store.dispatcher.until("its hours to be gone", lambda: to_sell(0))
    await troubles.mend_lift(store, outage)
    await store.dispatcher.until("its hours to be back", lambda: to_sell(8_000))
    await store.dispatcher.do(f"/jobs/{job}/dispatch", body, on=f"/jobs/{job}")
    await complete(desk, hands, job)


async def test_what_the_maker_knows_of_the_symptom_is_shown_on_the_bench(desk: Desk) -> None:
    """W9: and whether it helped is counted."""
    number, symptom = f"TB-{secrets.token_hex(4)}", f"rattle-{secrets.token_hex(3)}"
    bulletin = {"number": number, "title_zh": "异响", "title_en": "Rattle", "text_zh": "更换衬套",
                "text_en": "Change the bush.", "models": ["S7"], "concern_codes": [symptom],
                "valid_from_on": "2026-01-01"}  # fmt: skip
    await desk.store.manager.do(f"{desk.at}/bulletin-imports", {"bulletins": [bulletin]})
    job = await ready(desk, concern_code=symptom)

    async def found() -> Json | None:
        # which car it is may be heard after the job
        shown = (await desk.store.dispatcher.ask(f"/jobs/{job}/bulletins"))["items"]
        return next((each for each in shown if each["number"] == number), None)

    assert (await desk.store.dispatcher.until("the bulletin", found))["because"] == ["symptom", "model"]
    hands, _, _ = await given(desk, job)
    await hands.do(f"/jobs/{job}/start", on=f"/jobs/{job}")
    await hands.do(f"/jobs/{job}/bulletin-uses", {"number": number, "helped": True}, on=f"/jobs/{job}")
    await complete(desk, hands, job, begun=True)


async def test_each_trade_has_its_people_its_bays_its_hours_and_its_revenue(desk: Desk) -> None:
    """W8: whoever did the work, it is sold by the trade of the work."""
    for trade in TRADES:
        job = await ready(desk, f"{trade}-job")
        mine = next(
            each for each in (await desk.store.dispatcher.ask(f"{desk.at}/dispatch-proposal"))["items"] if each["job_id"] == job
        )
        assert mine["technician"], mine
        hands, _, bay = await given(desk, job)
        assert await kind_of(desk, bay) == bay_for(trade)
        await complete(desk, hands, job)
    groups = (await desk.store.manager.ask(f"{desk.at}/measures", **lately(), by="trade"))["groups"]
    of_trade = {each["key"]: {m["name"]: (m["numerator"], m["denominator"]) for m in each["measures"]} for each in groups}
    for trade in TRADES:
        (sold_ms, worked_ms), (fen, priced_ms) = (
            of_trade[trade][name] for name in ("efficiency", "labour_sales_per_sold_hour")
        )
        assert sold_ms == priced_ms > 0 and worked_ms > 0 and fen > 0, trade
        assert of_trade[trade]["utilisation"][1] > 0, f"somebody whose trade is {trade} is at work"


async def test_the_day_s_round_is_opened_and_what_it_finds_is_put_right_under_four_eyes(desk: Desk) -> None:
    """W10: by the checklist that comes with the product; the inspector does not take the technician's word for it; the waste
    that was handed over is in the ledger."""
    inspector, manager = desk.store.inspector, desk.store.manager
    hands = next(iter(desk.store.technicians.values()))

    async def due() -> Json | None:
        rounds = (await hands.ask("/safety-rounds", store_id=STORE, code="six-s"))["items"]
        return next((each for each in rounds if each["state"] in ("open", "overdue")), None)

    path = f"/safety-rounds/{(await hands.until('the round', due))['id']}"
    answers = [{"item": item["code"], "result": "ok"} for item in (await hands.ask(path))["items"]]
    answers[2] |= {"result": "not_ok", "severity": "serious", "to_do": "清除油污", "remark": "3 号工位地面有油污"}
    made = await hands.do(f"{path}/completion", {"answers": answers}, on=path)
    assert (made["state"], made["not_ok"], made["completed_by"]) == ("completed", 1, hands.name)
    [found] = (await inspector.ask("/safety-findings", round_id=made["id"]))["items"]
    finding = f"/safety-findings/{found['id']}"
    assert (found["item"], found["owner"], found["state"]) == ("shine", hands.name, "open")
    await hands.do(f"{finding}/resolution", {"done": "已清洗"}, on=finding)
    await inspector.do(f"{finding}/reopening", {"reason": "仍有油迹", "due_on": found["due_on"]}, on=finding)
    await manager.do(f"{finding}/resolution", {"done": "重新清洗"}, on=finding)
    with pytest.raises(Refusal, match="resolved_it"):
        await manager.do(f"{finding}/verification", {}, on=finding)
    closed = await inspector.do(f"{finding}/verification", {}, on=finding)
    assert (closed["state"], closed["reopened"]) == ("verified", 1)
    entry = {"waste_kind": "used_oil", "quantity_milli": 180_000, "receiver": "绿源环保", "manifest_no": secrets.token_hex(4),
             "handed_over_on": "2026-01-31"}  # fmt: skip
    await manager.do(f"{desk.at}/waste-handovers", entry)
    [kept, *_] = (await desk.store.dispatcher.ask(f"{desk.at}/waste-handovers", waste_kind="used_oil"))["items"]
    assert (kept["manifest_no"], kept["unit"], kept["corrected_by"]) == (entry["manifest_no"], "l", None)
    measured = (await manager.ask(f"{desk.at}/round-measures", **lately()))["measures"]
    assert "rounds_on_time:six_s" in {each["name"] for each in measured}
