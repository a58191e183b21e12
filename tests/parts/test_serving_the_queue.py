"""Goods come in at the counter, waiting lines are served, parts go out: over HTTP, as the parts clerk sees it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.parts.app import app
from services.parts.inbox import HEARS
from shared.database import Database, new_id
from shared.inbox import apply
from tests.callers import called_by, calling, once, seen
from tests.facts import heard
from tests.parts.words import NOON, STORE, a_line_for, authorised_work


@pytest.fixture(scope="module")
async def counter(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    """The door of the running service, for a parts clerk of sh01."""
    async with calling(app) as client:
        client.headers.update(called_by("parts_clerk"))
        yield client


@pytest.fixture
async def part_no(counter: httpx.AsyncClient) -> str:
    """A part of the test's own in the catalogue, with an empty place on the shelf."""
    number = f"P-{new_id().hex[-12:]}"
    body = {"part_no": number, "name_zh": "刹车片", "name_en": "Brake pads", "cost_fen": 12_345, "lead_time_days": 2}
    answer = await counter.post(f"/stores/{STORE}/parts", json=body, headers=once())
    assert answer.status_code == 201, answer.text
    return number


async def receive(counter: httpx.AsyncClient, part_no: str, quantity_milli: int, store: str = STORE) -> httpx.Response:
    line = {
        "part_no": part_no, "quantity_milli": quantity_milli, "unit_cost_fen": 12_000, "supplier": "Maker's depot",
        "delivery_note": "DN-7",
    }  # fmt: skip
    return await counter.post(f"/stores/{store}/goods-receipts", json={"lines": [line]}, headers=once())


async def wanted(database: Database, part_no: str, quantity_milli: int, *, hours: int = 4, store: str = STORE) -> UUID:
    """A line that reception's customer authorised; its id."""
    line = a_line_for(new_id(), quantity_milli, part_no=part_no)
    fact = authorised_work(line, store_id=store, promised_at=NOON + timedelta(hours=hours))
    await apply("parts", HEARS, database, [heard(fact)])
    return line.ro_line_id


async def shown(counter: httpx.AsyncClient, line: UUID) -> dict[str, Any]:
    answer = await counter.get(f"/part-lines/{line}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
    return dict(answer.json())


async def test_arriving_goods_serve_who_was_promised_first(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """P3: the workshop and the advisor learn of arrival at once."""
    late = await wanted(database, part_no, 1_000, hours=9)
    soon = await wanted(database, part_no, 1_000, hours=1)
    assert (await shown(counter, late))["state"] == "backordered"
    answer = await receive(counter, part_no, 1_500)
    assert [line["id"] for line in answer.json()["reserved"]] == [str(soon)]
    assert (await shown(counter, soon))["state"] == "reserved"
    assert (await shown(counter, late))["state"] == "backordered"


async def test_a_small_line_does_not_overtake_a_large_one_that_was_promised_first(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """P3: nobody is overtaken; both are served when enough has come."""
    large = await wanted(database, part_no, 5_000, hours=1)
    small = await wanted(database, part_no, 1_000, hours=9)
    assert (await receive(counter, part_no, 2_000)).json()["reserved"] == []
    newcomer = await wanted(database, part_no, 1_000, hours=12)
    assert (await shown(counter, newcomer))["short_milli"] == 1_000
    answer = await receive(counter, part_no, 4_000)
    assert [line["id"] for line in answer.json()["reserved"]] == [str(large), str(small)]


async def test_what_a_newer_authorisation_leaves_out_is_given_to_who_waits(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """P2, P3: nothing lies reserved, and nobody stands in the queue, for work that is no longer authorised."""
    await receive(counter, part_no, 2_000)
    ro, line = new_id(), a_line_for(new_id(), 2_000, part_no=part_no)
    other = a_line_for(new_id(), 5_000, part_no=part_no)
    await apply("parts", HEARS, database, [heard(authorised_work(line, other, ro_id=ro, version=2))])
    waiting = await wanted(database, part_no, 1_000)
    assert (await shown(counter, line.ro_line_id))["state"] == "reserved"
    assert (await shown(counter, waiting))["state"] == "backordered"
    await apply("parts", HEARS, database, [heard(authorised_work(ro_id=ro, version=3))])
    assert (await shown(counter, line.ro_line_id))["state"] == "withdrawn"
    assert (await shown(counter, other.ro_line_id))["state"] == "withdrawn"
    assert (await shown(counter, waiting))["state"] == "reserved"
    (level,) = (await counter.get(f"/stores/{STORE}/stock", params={"part_no": part_no})).json()["items"]
    assert (level["reserved_milli"], level["waiting_milli"]) == (1_000, 0)
    await apply("parts", HEARS, database, [heard(authorised_work(line, ro_id=ro, version=4))])
    assert (await shown(counter, line.ro_line_id))["state"] == "backordered"
    asked = {"state": "withdrawn", "ro_id": str(ro)}
    assert len((await counter.get("/part-lines", params=asked)).json()["items"]) == 1


async def test_parts_are_received_reserved_and_issued_with_a_ledger_that_tells_why(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    """P1, P2: from the delivery note to the job."""
    receipt = (await receive(counter, part_no, 4_000)).json()["receipts"][0]
    line = await wanted(database, part_no, 1_500)
    before = await shown(counter, line)
    answer = await counter.post(f"/part-lines/{line}/issue", json={}, headers=once() | seen(before["version"]))
    assert answer.status_code == 200, answer.text
    issued = answer.json()
    assert (issued["state"], issued["cost_fen"], issued["version"]) == ("issued", 18_518, before["version"] + 1)
    (level,) = (await counter.get(f"/stores/{STORE}/stock", params={"part_no": part_no})).json()["items"]
    assert level == {
        "store_id": STORE, "part_no": part_no, "on_hand_milli": 2_500, "reserved_milli": 0, "available_milli": 2_500,
        "waiting_milli": 0,
    }  # fmt: skip
    moved = (await counter.get("/stock-movements", params={"store_id": STORE, "part_no": part_no})).json()["items"]
    assert [(m["seq"], m["kind"], m["on_hand_after_milli"], m["part_line_id"], m["goods_receipt_id"]) for m in moved] == [
        (3, "issued", 2_500, str(line), None),
        (2, "reserved", 4_000, str(line), None),
        (1, "received", 4_000, None, receipt["id"]),
    ]


async def test_issuing_needs_the_version_that_was_seen_and_happens_once(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    await receive(counter, part_no, 1_000)
    line = await wanted(database, part_no, 1_000)
    version, issue = (await shown(counter, line))["version"], f"/part-lines/{line}/issue"
    assert (await counter.post(issue, json={}, headers=once())).status_code == 428
    assert (await counter.post(issue, json={}, headers=once() | seen(version + 1))).status_code == 412
    this = once() | seen(version)
    first, again = [await counter.post(issue, json={}, headers=this) for _ in range(2)]
    assert (first.status_code, again.status_code, first.json()) == (200, 200, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    refused = await counter.post(issue, json={}, headers=once() | seen(version + 1))
    assert (refused.status_code, refused.json()["code"]) == (409, "illegal_transition")


async def test_a_line_of_another_store_looks_like_one_that_does_not_exist(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    line = await wanted(database, part_no, 1_000, store="sh02")
    foreign, unknown = [await counter.get(f"/part-lines/{id}") for id in (line, new_id())]
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json()["parameters"] == unknown.json()["parameters"]
    assert (await counter.post(f"/part-lines/{line}/issue", json={}, headers=once() | seen(1))).status_code == 404
    assert (await receive(counter, part_no, 1_000, store="sh02")).status_code == 404
    assert (await counter.get("/stores/sh02/stock")).status_code == 404
    assert (await counter.get("/part-lines", params={"store_id": "sh02"})).json() == {"items": [], "next": None}


async def test_only_parts_of_the_catalogue_can_be_received(counter: httpx.AsyncClient) -> None:
    """P1: traceable to purchase."""
    answer = await receive(counter, "NOBODY-KNOWS", 1_000)
    assert (answer.status_code, answer.json()["code"]) == (409, "part_not_in_catalogue")


async def test_a_part_kept_by_eight_clerks_at_once_is_one_part(counter: httpx.AsyncClient) -> None:
    number = f"P-{new_id().hex[-12:]}"
    body = {"part_no": number, "name_zh": "火花塞", "name_en": "Spark plug", "cost_fen": 3_300}
    answers = await asyncio.gather(*(counter.post(f"/stores/{STORE}/parts", json=body, headers=once()) for _ in range(8)))
    assert [answer.status_code for answer in answers] == [201] * 8
    (level,) = (await counter.get(f"/stores/{STORE}/stock", params={"part_no": number})).json()["items"]
    assert level["on_hand_milli"] == 0


ENTRY = {
    "name_zh": "刹车片", "name_en": "Brake pads", "unit": "piece", "cost_fen": 12_345, "list_price_fen": None,
    "lead_time_days": 2, "genuine": True,
}  # fmt: skip
"""What the catalogue says of the part of the fixture `part_no`."""


async def test_a_clerk_gives_a_known_part_a_place_but_does_not_change_its_entry(
    counter: httpx.AsyncClient, part_no: str
) -> None:
    """P1: the catalogue is the whole group's."""
    there = called_by("parts_clerk", store="sh02")
    add = {"part_no": part_no, **ENTRY}
    answer = await counter.post("/stores/sh02/parts", json=add, headers=there | once())
    assert (answer.status_code, answer.json()["version"]) == (201, 1)
    assert (await counter.get("/stores/sh02/stock", params={"part_no": part_no}, headers=there)).json()["items"]
    answer = await counter.post("/stores/sh02/parts", json=add | {"cost_fen": 1}, headers=there | once())
    assert (answer.status_code, answer.json()["code"]) == (409, "part_known")
    assert (await counter.get(f"/parts/{part_no}")).json() == {"part_no": part_no, "version": 1, **ENTRY}


async def test_a_manager_changes_an_entry_that_nobody_changed_meanwhile(counter: httpx.AsyncClient, part_no: str) -> None:
    """P1: with the version that was seen, and never by a clerk."""
    entry, manager = f"/parts/{part_no}/entry", called_by("store_manager")
    etag = (await counter.get(f"/parts/{part_no}")).headers["etag"]
    dearer = ENTRY | {"cost_fen": 13_000}
    assert (await counter.post(entry, json=dearer, headers=once() | {"If-Match": etag})).status_code == 403
    assert (await counter.post(entry, json=dearer, headers=manager | once())).status_code == 428
    answer = await counter.post(entry, json=dearer, headers=manager | once() | {"If-Match": etag})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json() == {"part_no": part_no, "version": 2, **dearer}
    assert (await counter.post(entry, json=ENTRY, headers=manager | once() | {"If-Match": etag})).status_code == 412
    missing = {name: value for name, value in dearer.items() if name != "lead_time_days"}
    answer = await counter.post(entry, json=missing, headers=manager | once() | seen(2))
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["body", "lead_time_days"])
    unknown = await counter.post("/parts/NOBODY-KNOWS/entry", json=ENTRY, headers=manager | once() | seen(1))
    assert unknown.status_code == 404


async def test_the_largest_quantity_at_the_largest_cost_can_be_received(counter: httpx.AsyncClient, part_no: str) -> None:
    line = {"part_no": part_no, "quantity_milli": 10**9, "unit_cost_fen": 10**10, "supplier": "s", "delivery_note": "d"}
    answer = await counter.post(f"/stores/{STORE}/goods-receipts", json={"lines": [line]}, headers=once())
    assert answer.status_code == 201
    line["unit_cost_fen"] = 10**10 + 1
    answer = await counter.post(f"/stores/{STORE}/goods-receipts", json={"lines": [line]}, headers=once())
    assert (answer.status_code, answer.json()["errors"][0]["loc"][-1]) == (422, "unit_cost_fen")


async def test_only_the_parts_clerk_receives_and_issues(counter: httpx.AsyncClient, part_no: str) -> None:
    line = {"part_no": part_no, "quantity_milli": 1, "unit_cost_fen": 1, "supplier": "s", "delivery_note": "d"}
    for role in ("technician", "advisor", "store_manager"):
        answer = await counter.post(f"/stores/{STORE}/goods-receipts", json={"lines": [line]}, headers=called_by(role) | once())
        assert answer.status_code == 403, role


async def test_lists_come_in_pages_that_show_each_row_once(
    counter: httpx.AsyncClient, database: Database, part_no: str
) -> None:
    lines = [await wanted(database, part_no, 1_000) for _ in range(5)]
    found: list[str] = []
    cursor: str | None = None
    while cursor or not found:
        asked: dict[str, str | int] = {"store_id": STORE, "state": "backordered", "limit": 2}
        page = (await counter.get("/part-lines", params=asked | ({"cursor": cursor} if cursor else {}))).json()
        found += [item["id"] for item in page["items"] if item["part_no"] == part_no]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == [str(line) for line in sorted(lines, reverse=True)]


async def test_the_catalogue_is_found_by_the_beginning_of_a_part_number(counter: httpx.AsyncClient, part_no: str) -> None:
    found = (await counter.get("/parts", params={"beginning": part_no[:-2]})).json()["items"]
    assert [(part["part_no"], part["lead_time_days"]) for part in found if part["part_no"] == part_no] == [(part_no, 2)]
    assert (await counter.get("/parts", params={"beginning": f"{part_no}-X"})).json()["items"] == []
