"""A car is inspected point by point; what is found becomes a supplement, or stays as advice."""

import asyncio
import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from deploy.command.photos import swept
from services.workshop.domain.points import POINTS, Point, SheetTerms
from services.workshop.domain.sheets import ALBUM
from shared import clock
from shared.database import new_id
from shared.photographs import developed
from shared.refusal import Refused
from shared.settings import settings
from tests.callers import called_by, once
from tests.pictures import a_phones_photo, a_picture, colours
from tests.workshop.shop import Hand, Shop
from tests.workshop.words import NOON, a_labour_line, authorised_work

Json = dict[str, Any]
PADS = {
    "code": "pads", "name_zh": "制动片", "name_en": "Pads", "group": "brakes", "unit": "um", "yellow_below": 4_000,
    "red_below": 2_000,
    "when_red": {"op_code": "BRAKE-PADS", "flat_hours_milli": 900, "parts": [{"part_no": "PAD-1", "quantity_milli": 1_000}]},
}  # fmt: skip
WIPERS = {
    "code": "wipers", "name_zh": "雨刮片", "name_en": "Wipers", "group": "sight",
    "when_yellow": {"parts": [{"part_no": "WIPER-1", "quantity_milli": 2_000}]},
}  # fmt: skip
LEAKS = {"code": "leaks", "name_zh": "渗漏", "name_en": "Leaks", "group": "underbody"}
SHORT = {"points": [PADS, WIPERS, LEAKS]}
ALL_GREEN: list[Json] = [
    {"point": "pads", "colour": "green", "value": 9_000}, {"point": "wipers", "colour": "green"},
    {"point": "leaks", "colour": "green"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with clock.stopped(NOON):
        yield


async def policy(shop: Shop, name: str, value: Json, store: str = "sh01") -> httpx.Response:
    by = called_by("store_manager", store=store) | once()
    return await shop.client.post(f"/stores/{store}/policies/{name}", json={"value": value}, headers=by)


@pytest.fixture
async def three_points(shop: Shop) -> None:
    assert (await policy(shop, "sheets", SHORT)).status_code == 201


async def at_work(shop: Shop) -> tuple[Hand, UUID]:
    """A technician and the job that they have begun."""
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    await shop.done(job, "start", hand.headers)
    return hand, job


async def opened(shop: Shop) -> tuple[Hand, UUID, Json]:
    hand, job = await at_work(shop)
    answer = await shop.ask(job, "sheets", hand.headers)
    assert answer.status_code == 201, answer.text
    return hand, job, answer.json()


async def read(shop: Shop, sheet: Json) -> Json:
    answer = await shop.client.get(f"/sheets/{sheet['id']}", headers=shop.by("advisor"))
    assert answer.status_code == 200, answer.text
    return {**answer.json(), "etag": answer.headers["etag"]}


async def post(shop: Shop, sheet: Json, action: str, hand: Hand, body: Json | None = None) -> httpx.Response:
    etag = {"If-Match": (await read(shop, sheet))["etag"]}
    return await shop.client.post(f"/sheets/{sheet['id']}/{action}", json=body, headers=hand.headers | once() | etag)


async def answered(shop: Shop, sheet: Json, hand: Hand, *answers: Json) -> httpx.Response:
    return await post(shop, sheet, "answers", hand, {"answers": list(answers)})


async def completed(shop: Shop, *answers: Json) -> tuple[Hand, UUID, Json]:
    """All green but what is said otherwise."""
    hand, job, sheet = await opened(shop)
    said = {answer["point"]: answer for answer in (*ALL_GREEN, *answers)}
    assert (await answered(shop, sheet, hand, *said.values())).status_code == 200
    answer = await post(shop, sheet, "completion", hand)
    assert answer.status_code == 200, answer.text
    return hand, job, answer.json()


def by_point(sheet: Json) -> dict[str, Json]:
    return {finding["point"]: finding for finding in sheet["findings"]}


WORN = {"point": "pads", "colour": "red", "value": 1_500, "remark": "前片磨到底了"}
SMEARS = {"point": "wipers", "colour": "yellow", "remark": "刮不干净"}
DAMP = {"point": "leaks", "colour": "yellow", "remark": "油底壳微渗"}


def test_what_ships_looks_at_a_whole_car_in_both_languages() -> None:
    """W4: about twenty points; what is measured knows its limits."""
    groups = {point.group for point in POINTS}
    assert groups == {"tyres", "brakes", "fluids", "lights", "sight", "engine", "underbody"}
    assert 20 <= len(POINTS) <= 30
    assert SheetTerms().points == POINTS
    assert all(point.name_zh != point.name_en for point in POINTS)
    battery = next(point for point in POINTS if point.code == "battery")
    assert [battery.means(value) for value in (12_600, 12_400, 12_399, 12_000, 11_999)] == [
        "green", "green", "yellow", "yellow", "red",
    ]  # fmt: skip
    fluid = next(point for point in POINTS if point.code == "brake-fluid")
    assert [fluid.means(value) for value in (200, 201, 301)] == ["green", "yellow", "red"]
    assert fluid.remedy("yellow") and not battery.remedy("green")


@pytest.mark.parametrize(
    "wrong",
    [
        [], [LEAKS, LEAKS], [LEAKS | {"unit": "um"}], [LEAKS | {"red_below": 3}], [PADS | {"red_below": 5_000}],
        [LEAKS | {"when_red": {"op_code": "X"}}], [LEAKS | {"when_red": {}}],
    ],
    ids=["none", "twice", "no limits", "no unit", "limits cross", "no hours", "nothing to do"],
)  # fmt: skip
async def test_a_template_that_makes_no_sense_is_refused(shop: Shop, wrong: list[Json]) -> None:
    assert (await policy(shop, "sheets", {"points": wrong})).status_code == 422


@pytest.mark.usefixtures("three_points")
async def test_a_sheet_keeps_the_points_of_the_day_it_was_opened(shop: Shop) -> None:
    """W4: by who works on the car, one at a time for each order."""
    hand, job, sheet = await opened(shop)
    assert [finding["point"] for finding in sheet["findings"]] == ["pads", "wipers", "leaks"]
    assert {finding["colour"] for finding in sheet["findings"]} == {None}
    assert (await shop.ask(job, "sheets", hand.headers)).json()["code"] == "sheet_open_already"
    stranger = await shop.a_hand()
    assert (await shop.ask(job, "sheets", stranger.headers)).status_code == 404
    await policy(shop, "sheets", {"points": [LEAKS]})
    assert len((await read(shop, sheet))["findings"]) == 3
    with clock.stopped(NOON + timedelta(seconds=1)):  # the newest terms are in force from their moment on
        _, _, next_one = await opened(shop)
    assert [finding["point"] for finding in next_one["findings"]] == ["leaks"]
    await policy(shop, "sheets", SHORT)


async def test_a_car_on_which_nobody_has_begun_is_not_inspected(shop: Shop) -> None:
    hand = await shop.a_hand()
    job = await shop.dispatched(hand)
    assert (await shop.ask(job, "sheets", hand.headers)).json()["code"] == "job_not_being_worked_on"


@pytest.mark.usefixtures("three_points")
@pytest.mark.parametrize(
    ("answer", "field", "code"),
    [
        ({"point": "horn", "colour": "green"}, "point", "point_unknown"),
        ({"point": "leaks", "colour": "green", "value": 3}, "value", "nothing_measured"),
        ({"point": "pads", "colour": "not_checked", "value": 3, "reason": "x"}, "value", "nothing_measured"),
        ({"point": "leaks", "colour": "not_checked"}, "reason", "reason_missing"),
        ({"point": "pads", "colour": "green"}, "value", "measure_missing"),
        ({"point": "pads", "colour": "green", "value": 1_500}, "colour", "colour_disagrees"),
    ],
)
async def test_an_answer_that_cannot_be_meant_is_refused(shop: Shop, answer: Json, field: str, code: str) -> None:
    """W4: a measured value agrees with its colour, or somebody says why not."""
    hand, _, sheet = await opened(shop)
    refused = await answered(shop, sheet, hand, answer)
    assert refused.status_code == 422, refused.text
    [error] = refused.json()["errors"]
    assert (error["loc"], error["type"]) == (["body", "answers", "0", field], code)
    assert (await answered(shop, sheet, hand, DAMP, DAMP)).json()["errors"][0]["type"] == "point_repeated"
    assert {finding["colour"] for finding in (await read(shop, sheet))["findings"]} == {None}


@pytest.mark.usefixtures("three_points")
async def test_a_reason_lets_a_colour_differ_and_the_last_word_counts(shop: Shop) -> None:
    """W4."""
    hand, _, sheet = await opened(shop)
    worn = {"point": "pads", "colour": "yellow", "value": 5_000, "reason": "一侧偏磨"}
    assert (await answered(shop, sheet, hand, {"point": "pads", "colour": "green", "value": 5_000})).status_code == 200
    told = (await answered(shop, sheet, hand, worn)).json()
    pads = by_point(told)["pads"]
    assert (pads["colour"], pads["value"], pads["reason"], pads["found_by"]) == ("yellow", 5_000, "一侧偏磨", hand.user)
    stranger = await shop.a_hand()
    assert (await answered(shop, sheet, stranger, worn)).status_code == 404


@pytest.mark.usefixtures("three_points")
async def test_a_completed_sheet_answers_everything_and_never_changes(shop: Shop) -> None:
    """W4."""
    hand, job, sheet = await opened(shop)
    assert (await answered(shop, sheet, hand, WORN, SMEARS)).status_code == 200
    early = await post(shop, sheet, "completion", hand)
    assert (early.json()["code"], early.json()["parameters"]) == ("points_unanswered", {"missing": ["leaks"]})
    unlooked = {"point": "leaks", "colour": "not_checked", "reason": "护板未拆"}
    assert (await answered(shop, sheet, hand, unlooked)).status_code == 200
    told = (await post(shop, sheet, "completion", hand)).json()
    assert told["completed_at"] and told["completed_by"] == hand.user
    assert all(finding["id"] for finding in told["findings"])
    for action, body in (("completion", None), ("answers", {"answers": [DAMP]})):
        assert (await post(shop, sheet, action, hand, body)).json()["code"] == "sheet_completed"
    assert (await upload(shop, sheet, hand)).json()["code"] == "sheet_completed"
    with pytest.raises(DBAPIError, match="permission denied"):
        async with shop.database.hearing.begin() as session:
            await session.execute(text("UPDATE findings SET colour = 'green' WHERE sheet_id = :id"), {"id": UUID(sheet["id"])})
    assert (await shop.ask(job, "sheets", hand.headers)).status_code == 201, "another look may be taken"


@pytest.mark.usefixtures("three_points")
async def test_findings_become_one_supplement_as_the_template_suggests(shop: Shop) -> None:
    """W4: hours and parts are proposed, each line names its finding; the rest stays as advice."""
    hand, job, sheet = await completed(shop, WORN, SMEARS, DAMP)
    pads = by_point(sheet)["pads"]
    assert pads["suggested"] == {
        "op_code": "BRAKE-PADS", "flat_hours_milli": 900, "parts": [{"part_no": "PAD-1", "quantity_milli": 1_000}],
    }  # fmt: skip
    assert {point for point, finding in by_point(sheet).items() if finding["advice"]} == {"pads", "wipers", "leaks"}
    answer = await post(shop, sheet, "supplement", hand, {"findings": [{"point": "pads"}, {"point": "wipers"}]})
    assert answer.status_code == 201, answer.text
    supplement = answer.json()
    [(_, said)] = await shop.said(UUID(supplement["id"]))
    labour, part, wipers = said["lines"]
    assert (said["job_id"], said["technician"]) == (str(job), hand.technician)
    assert (labour["op_code"], labour["flat_hours_milli"], labour["finding"]) == ("BRAKE-PADS", 900, WORN["remark"])
    assert (labour["severity"], labour["point"], labour["finding_id"]) == ("safety", "pads", pads["id"])
    assert (part["part_no"], part["labour_line_id"], part["severity"]) == ("PAD-1", labour["line_id"], "safety")
    assert (wipers["part_no"], wipers["labour_line_id"], wipers["severity"]) == ("WIPER-1", str(job), "soon")
    after = by_point(await read(shop, sheet))
    assert {point: finding["supplement_id"] for point, finding in after.items()} == {
        "pads": supplement["id"], "wipers": supplement["id"], "leaks": None,
    }  # fmt: skip
    assert {point for point, finding in after.items() if finding["advice"]} == {"leaks"}
    again = await post(shop, sheet, "supplement", hand, {"findings": [{"point": "pads"}]})
    assert (again.json()["code"], again.json()["parameters"]) == ("proposed_already", {"points": ["pads"]})


@pytest.mark.usefixtures("three_points")
async def test_the_technician_knows_better_than_the_template(shop: Shop) -> None:
    """W4: operation, hours, parts and words are chosen where they are said."""
    hand, _, sheet = await completed(shop, WORN, DAMP)
    chosen = [
        {"point": "pads", "op_code": "BRAKE-DISCS", "flat_hours_milli": 1_500, "parts": [], "finding": "连盘一起换"},
        {"point": "leaks", "op_code": "SUMP-SEAL", "flat_hours_milli": 2_000, "concern_code": "LEAK"},
    ]
    lines = (await post(shop, sheet, "supplement", hand, {"findings": chosen})).json()["lines"]
    assert [(line["op_code"], line["flat_hours_milli"], line["finding"]) for line in lines] == [
        ("BRAKE-DISCS", 1_500, "连盘一起换"), ("SUMP-SEAL", 2_000, DAMP["remark"]),
    ]  # fmt: skip
    assert (lines[1]["severity"], lines[1]["concern_code"]) == ("soon", "LEAK")


@pytest.mark.usefixtures("three_points")
@pytest.mark.parametrize(
    ("findings", "code"),
    [
        ([{"point": "horn"}], "point_unknown"), ([{"point": "wipers"}], "no_finding"),
        ([{"point": "pads"}, {"point": "pads"}], "point_repeated"), ([{"point": "leaks"}], "nothing_to_propose"),
        ([{"point": "leaks", "op_code": "SUMP-SEAL"}], "hours_mismatch"),
        ([{"point": "pads", "op_code": "BRAKE-DISCS"}], "hours_mismatch"),
    ],
)  # fmt: skip
async def test_a_proposal_of_what_was_not_found_is_refused(shop: Shop, findings: list[Json], code: str) -> None:
    hand, job, sheet = await completed(shop, WORN, DAMP)
    answer = await post(shop, sheet, "supplement", hand, {"findings": findings})
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (422, code)
    listed = await shop.client.get(f"/jobs/{job}/supplements", headers=shop.dispatcher)
    assert listed.json() == {"items": []}


@pytest.mark.usefixtures("three_points")
async def test_nothing_is_proposed_from_a_sheet_that_is_not_completed_or_work_that_is_over(shop: Shop) -> None:
    hand, _, sheet = await opened(shop)
    body = {"findings": [{"point": "pads"}]}
    await answered(shop, sheet, hand, WORN)
    assert (await post(shop, sheet, "supplement", hand, body)).json()["code"] == "sheet_not_completed"
    hand, job, sheet = await completed(shop, WORN)
    await shop.done(job, "finish", hand.headers, {"cause": "x", "correction": "y", "self_checked": True})
    assert (await post(shop, sheet, "supplement", hand, body)).json()["code"] == "job_not_being_worked_on"


@pytest.mark.usefixtures("three_points")
async def test_a_colleague_on_another_job_of_the_same_car_fills_the_sheet_in(shop: Shop) -> None:
    """W4."""
    ro, lines = new_id(), [a_labour_line(), a_labour_line()]
    await shop.hear(authorised_work(*lines, ro_id=ro))
    one, two = [await shop.a_hand() for _ in lines]
    for hand, line in zip((one, two), lines, strict=True):
        await shop.dispatched(hand, line.ro_line_id)
    await shop.done(lines[0].ro_line_id, "start", one.headers)
    sheet = (await shop.ask(lines[0].ro_line_id, "sheets", one.headers)).json()
    told = (await answered(shop, sheet, two, DAMP)).json()
    assert by_point(told)["leaks"]["found_by"] == two.user
    await shop.done(lines[1].ro_line_id, "start", two.headers)
    assert (await shop.ask(lines[1].ro_line_id, "sheets", two.headers)).json()["code"] == "sheet_open_already"
    listed = await shop.client.get("/sheets", params={"ro_id": str(ro)}, headers=shop.by("advisor"))
    assert [each["id"] for each in listed.json()["items"]] == [sheet["id"]]


@pytest.mark.usefixtures("three_points")
async def test_two_who_open_a_sheet_at_once_get_one(shop: Shop) -> None:
    """W4."""
    lines = [a_labour_line(), a_labour_line()]
    await shop.hear(authorised_work(*lines, ro_id=new_id()))
    hands = [await shop.a_hand() for _ in lines]
    for hand, line in zip(hands, lines, strict=True):
        await shop.dispatched(hand, line.ro_line_id)
        await shop.done(line.ro_line_id, "start", hand.headers)
    tags = [{"If-Match": (await shop.read(line.ro_line_id))["etag"]} for line in lines]
    answers = await asyncio.gather(
        *(
            shop.client.post(f"/jobs/{line.ro_line_id}/sheets", headers=hand.headers | once() | tag)
            for hand, line, tag in zip(hands, lines, tags, strict=True)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert [answer.json()["code"] for answer in answers if answer.is_error] == ["sheet_open_already"]


async def upload(shop: Shop, sheet: Json, hand: Hand, content: bytes | None = None, point: str = "pads") -> httpx.Response:
    headers = hand.headers | once() | {"If-Match": (await read(shop, sheet))["etag"], "Content-Type": "image/jpeg"}
    path = f"/sheets/{sheet['id']}/photos"
    return await shop.client.post(path, params={"point": point}, content=content or a_picture(), headers=headers)


def kept() -> set[Path]:
    return {path for path in Path(settings().blobs).rglob("*") if path.is_file()}


@pytest.mark.usefixtures("three_points")
async def test_photos_show_what_was_found_to_who_answers_for_the_car(shop: Shop) -> None:
    """W4; S7: kept without what the phone knows, in a folder of the workshop's own."""
    hand, _, sheet = await opened(shop)
    answer = await upload(shop, sheet, hand, a_phones_photo())
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["point"], told["taken_by"], told["width_px"]) == ("pads", f"user:{hand.user}", 48)
    assert (await read(shop, sheet))["photos"] == [told]
    picture = await shop.client.get(f"/sheet-photos/{told['id']}", headers=shop.by("advisor"))
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert hashlib.sha256(picture.content).hexdigest() == told["sha256"]
    assert b"canary" not in picture.content
    assert colours(picture.content) == ("red", "blue")
    for role in ("dispatcher", "parts_clerk", "cashier"):
        assert (await shop.client.get(f"/sheet-photos/{told['id']}", headers=shop.by(role))).status_code == 403
    foreign = await shop.client.get(f"/sheet-photos/{told['id']}", headers=called_by("advisor", store="sh02"))
    assert foreign.status_code == 404
    day = clock.now().date().isoformat()
    assert {path.parent.relative_to(settings().blobs).as_posix() for path in kept()} == {f"sheets/{day}"}


@pytest.mark.usefixtures("three_points")
async def test_refused_photos_leave_nothing(shop: Shop) -> None:
    await policy(shop, "sheets", SHORT | {"most_photos": 1})
    with clock.stopped(NOON + timedelta(seconds=1)):
        hand, _, sheet = await opened(shop)
        before, stranger = kept(), await shop.a_hand()
        assert (await upload(shop, sheet, hand, b"<svg/>")).json()["code"] == "not_an_image"
        assert (await upload(shop, sheet, hand, point="horn")).json()["code"] == "point_unknown"
        assert (await upload(shop, sheet, stranger)).status_code == 404
        assert kept() == before
        assert (await upload(shop, sheet, hand)).status_code == 201
        assert (await upload(shop, sheet, hand)).json()["code"] == "too_many_photos"
        assert len(kept()) == len(before) + 1
    await policy(shop, "sheets", SHORT)


@pytest.mark.usefixtures("three_points")
async def test_a_picture_without_a_row_is_swept_and_no_other(shop: Shop) -> None:
    """As reception's: `loop4s photos sweep`."""
    hand, _, sheet = await opened(shop)
    assert (await upload(shop, sheet, hand)).status_code == 201
    before, day = kept(), clock.now().date()
    async with ALBUM.stored(await developed(a_picture()), Refused) as key:
        lost = Path(settings().blobs) / key
    assert kept() - before == {lost}
    async with shop.database.hearing.begin() as session:
        assert await ALBUM.sweep(day, NOON.replace(year=2000), session) == 0, "what is on its way stays"
        assert await ALBUM.sweep(day, NOON.replace(year=2100), session) == 1
    assert kept() == before
    assert await swept("workshop", settings(), 1) == 0


def test_a_point_knows_what_it_proposes() -> None:
    pads, wipers = Point.model_validate(PADS), Point.model_validate(WIPERS)
    assert (pads.remedy("yellow"), wipers.remedy("red")) == (None, None)
    assert (pads.means(2_000), pads.means(1_999), pads.means(4_000)) == ("yellow", "red", "green")
