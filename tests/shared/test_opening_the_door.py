"""Routes let in whom the table allows, show only their stores, act once per key and never lose an edit."""

import asyncio
from typing import Annotated, Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from fastapi import APIRouter

from shared.service import Door, DoorMissing, allows, service
from tests.callers import called_by, once, seen
from tests.stack import Stack

CLERK = "parts_clerk"


async def a_note(door: httpx.AsyncClient, store: str = "sh01", words: str = "call back", **fields: Any) -> dict[str, Any]:
    """A note that was just written."""
    body = {"store_id": store, "words": words, **fields}
    answer = await door.post("/notes", json=body, headers=called_by(CLERK, store=store) | once())
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def test_nobody_comes_in_without_a_token(doorbell: httpx.AsyncClient) -> None:
    answer = await doorbell.get("/notes")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    answer = await doorbell.get("/notes", headers={"Authorization": "Bearer forged"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert answer.json()["code"] == "not_identified"


async def test_a_caller_without_the_role_is_not_allowed(doorbell: httpx.AsyncClient) -> None:
    answer = await doorbell.get("/notes", headers=called_by("cashier"))
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    answer = await doorbell.get("/notes", headers=called_by())
    assert answer.status_code == 403


async def test_a_foreign_note_looks_exactly_like_an_unknown_one(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell, "sh01")
    there = called_by(CLERK, store="sh02")
    foreign = await doorbell.get(f"/notes/{note['id']}", headers=there)
    unknown = await doorbell.get(f"/notes/{uuid4()}", headers=there)
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() | {"instance": ""} == unknown.json() | {"instance": ""}

    foreign = await doorbell.post(f"/notes/{note['id']}/pin", headers=there | once() | seen(0))
    unknown = await doorbell.post(f"/notes/{uuid4()}/pin", headers=there | once() | seen(0))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json() | {"instance": ""} == unknown.json() | {"instance": ""}


@pytest.mark.parametrize("store", ["sh02", "zz99"])
async def test_nothing_is_created_in_a_store_that_is_foreign_or_unknown(doorbell: httpx.AsyncClient, store: str) -> None:
    body = {"store_id": store, "words": "not mine"}
    answer = await doorbell.post("/notes", json=body, headers=called_by(CLERK) | once())
    assert (answer.status_code, answer.json()["parameters"]) == (404, {"what": "store"})


async def test_a_role_granted_everywhere_still_needs_a_store_of_the_group(doorbell: httpx.AsyncClient) -> None:
    everywhere = called_by(CLERK, store="*")
    body = {"store_id": "zz99", "words": "no such shop"}
    assert (await doorbell.post("/notes", json=body, headers=everywhere | once())).status_code == 404
    body["store_id"] = "hz01"
    assert (await doorbell.post("/notes", json=body, headers=everywhere | once())).status_code == 201


async def test_own_work_of_somebody_else_looks_unknown(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell, words="li.na")
    path = f"/notes/{note['id']}/own"
    other = called_by("technician", subject="zhao.lei")
    assert (await doorbell.post(path, headers=other | once() | seen(0))).status_code == 404
    owner = called_by("technician", subject="li.na")
    assert (await doorbell.post(path, headers=owner | once() | seen(0))).status_code == 200


async def test_a_post_without_a_key_is_refused(doorbell: httpx.AsyncClient) -> None:
    answer = await doorbell.post("/notes", json={"store_id": "sh01", "words": "x"}, headers=called_by(CLERK))
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_missing")
    headers = called_by(CLERK) | {"Idempotency-Key": "with a space"}
    answer = await doorbell.post("/notes", json={"store_id": "sh01", "words": "x"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_malformed")


async def test_a_repeated_post_gets_the_first_answer(doorbell: httpx.AsyncClient) -> None:
    headers, body = called_by(CLERK) | once(), {"store_id": "sh01", "words": "only once"}
    first = await doorbell.post("/notes", json=body, headers=headers)
    again = await doorbell.post("/notes", json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    for header in ("etag", "location", "content-type"):
        assert again.headers[header] == first.headers[header]


async def test_twenty_parallel_posts_with_one_key_take_effect_once(doorbell: httpx.AsyncClient) -> None:
    headers, body = called_by(CLERK) | once(), {"store_id": "sh01", "words": f"parallel {uuid4()}"}
    answers = await asyncio.gather(*(doorbell.post("/notes", json=body, headers=headers) for _ in range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409, 503}
    made = [answer for answer in answers if answer.status_code == 201]
    assert len({answer.json()["id"] for answer in made}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in made) == 1
    found = await doorbell.get("/search", params={"words": body["words"]}, headers=called_by(CLERK))
    assert found.json() == 1


async def test_a_key_belongs_to_one_request(doorbell: httpx.AsyncClient) -> None:
    headers = called_by(CLERK) | once()
    await doorbell.post("/notes", json={"store_id": "sh01", "words": "this"}, headers=headers)
    answer = await doorbell.post("/notes", json={"store_id": "sh01", "words": "that"}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_used_for_one_note_does_not_answer_for_another(doorbell: httpx.AsyncClient) -> None:
    one, other = await a_note(doorbell), await a_note(doorbell)
    headers = called_by(CLERK) | once() | seen(0)
    assert (await doorbell.post(f"/notes/{one['id']}/pin", headers=headers)).status_code == 200
    answer = await doorbell.post(f"/notes/{other['id']}/pin", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_is_forgotten_after_48_hours(doorbell: httpx.AsyncClient, stack: Stack) -> None:
    headers = called_by(CLERK) | once()
    first = await doorbell.post("/notes", json={"store_id": "sh01", "words": "long ago"}, headers=headers)
    admin = await asyncpg.connect(f"{stack.servers.postgres}/{stack.settings.database('doorbell')}")
    try:
        await admin.execute(
            "UPDATE idempotency_keys SET created_at = now() - interval '48 hours 1 second' WHERE key = $1",
            headers["Idempotency-Key"],
        )
    finally:
        await admin.close()
    second = await doorbell.post("/notes", json={"store_id": "sh01", "words": "today"}, headers=headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] != second.json()["id"]
    again = await doorbell.post("/notes", json={"store_id": "sh01", "words": "today"}, headers=headers)
    assert again.content == second.content


async def test_callers_do_not_share_keys(doorbell: httpx.AsyncClient) -> None:
    key, body = once(), {"store_id": "sh01", "words": "each their own"}
    first = await doorbell.post("/notes", json=body, headers=called_by(CLERK, subject="wang.fang") | key)
    second = await doorbell.post("/notes", json=body, headers=called_by(CLERK, subject="zhao.lei") | key)
    assert first.json()["id"] != second.json()["id"]


async def test_a_refusal_is_not_kept(doorbell: httpx.AsyncClient) -> None:
    headers = called_by(CLERK) | once()
    refused = await doorbell.post("/notes", json={"store_id": "sh01", "words": "odd"}, headers=headers)
    assert refused.status_code == 422
    mended = await doorbell.post("/notes", json={"store_id": "sh01", "words": "even"}, headers=headers)
    assert mended.status_code == 201


async def test_a_changed_note_must_have_been_seen(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell)
    path, caller = f"/notes/{note['id']}/pin", called_by(CLERK)
    blind = await doorbell.post(path, headers=caller | once())
    assert (blind.status_code, blind.json()["code"]) == (428, "if_match_missing")
    first = await doorbell.post(path, headers=caller | once() | seen(0))
    assert (first.status_code, first.headers["etag"], first.json()["pinned"]) == (200, '"1"', 1)
    stale = await doorbell.post(path, headers=caller | once() | seen(0))
    assert (stale.status_code, stale.json()["code"], stale.json()["parameters"]) == (412, "stale", {"current": 1})


async def test_a_repeated_change_gets_its_answer_before_its_version_is_checked(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell)
    headers = called_by(CLERK) | once() | seen(0)
    first = await doorbell.post(f"/notes/{note['id']}/pin", headers=headers)
    again = await doorbell.post(f"/notes/{note['id']}/pin", headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.content == first.content


async def test_of_two_editors_one_wins(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell)
    path, caller = f"/notes/{note['id']}/pin", called_by(CLERK)
    answers = await asyncio.gather(*(doorbell.post(path, headers=caller | once() | seen(0)) for _ in range(5)))
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412]
    assert (await doorbell.get(f"/notes/{note['id']}", headers=caller)).json()["pinned"] == 1


async def test_a_rule_that_says_no_changes_nothing(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell, words="loose")
    answer = await doorbell.post(f"/notes/{note['id']}/pin", headers=called_by(CLERK) | once() | seen(0))
    assert answer.status_code == 409
    assert (answer.json()["code"], answer.json()["parameters"]) == ("too_loose", {"pinned": 0})
    assert (await doorbell.get(f"/notes/{note['id']}", headers=called_by(CLERK))).headers["etag"] == '"0"'


async def test_every_effect_names_the_request_and_its_caller(doorbell: httpx.AsyncClient) -> None:
    headers = called_by(CLERK, subject="wang.fang") | once()
    answer = await doorbell.post("/notes", json={"store_id": "sh01", "words": "because"}, headers=headers)
    assert answer.json()["cause_id"] == answer.headers["x-request-id"]
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    why = (await doorbell.get("/why", headers=called_by(CLERK, subject="wang.fang") | {"traceparent": trace})).json()
    assert (why["actor"], why["stores"]) == ("user:wang.fang", "sh01")
    assert why["trace"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")


async def test_a_reading_route_cannot_write(doorbell: httpx.AsyncClient) -> None:
    assert (await doorbell.get("/writing-while-reading", headers=called_by(CLERK))).status_code == 500
    found = await doorbell.get("/search", params={"words": "sneaked in"}, headers=called_by(CLERK))
    assert found.json() == 0


async def test_a_writing_route_without_an_answer_writes_nothing(doorbell: httpx.AsyncClient) -> None:
    assert (await doorbell.post("/forgetful", headers=called_by(CLERK) | once())).status_code == 500
    found = await doorbell.get("/search", params={"words": "forgotten"}, headers=called_by(CLERK))
    assert found.json() == 0


async def test_pages_show_every_note_once_while_new_ones_come(doorbell: httpx.AsyncClient) -> None:
    there = "ny01"
    written = {(await a_note(doorbell, there, amount_fen=amount))["id"] for amount in (5, 5, 5, 1, 9, 3, 3)}
    shown: list[str] = []
    cursor: str | None = None
    while True:
        params = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
        page = (await doorbell.get("/notes", params=params, headers=called_by(CLERK, store=there))).json()
        shown += [note["id"] for note in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        await a_note(doorbell, there, amount_fen=100)
    assert len(shown) == len(set(shown))
    assert set(shown) == written


@pytest.mark.parametrize(
    "params",
    [
        {"limit": "0"},
        {"limit": "201"},
        {"limit": "-1"},
        {"limit": str(2**64)},
        {"limit": "many"},
        {"cursor": "garbage"},
        {"cursor": "é"},
        {"cursor": "bnVsbA=="},
        {"cursor": "WyI1Il0="},  # one part of two
        {"cursor": "WyJhIiwgImIiXQ=="},  # texts for numbers
        {"cursor": "WyI5OTk5OTk5OTk5OTk5OTk5OTk5OTkiLCAiMDAwMDAwMDAtMDAwMC0wMDAwLTAwMDAtMDAwMDAwMDAwMDAwIl0="},  # 10^22
        {"cursor": "W1sxXSwgMl0="},
    ],
)
async def test_a_forged_page_is_refused(doorbell: httpx.AsyncClient, params: dict[str, str]) -> None:
    answer = await doorbell.get("/notes", params=params, headers=called_by(CLERK))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] in (["query", "limit"], ["query", "cursor"])


def test_a_route_without_a_door_fails_the_build() -> None:
    inner, outer = APIRouter(prefix="/inner"), APIRouter()

    @inner.get("/open")
    async def open_to_all() -> None: ...

    outer.include_router(inner)
    with pytest.raises(DoorMissing, match="/inner/open"):
        service("parts", outer, {})


def test_a_route_with_an_unknown_action_fails_at_import() -> None:
    with pytest.raises(KeyError):
        allows("parts.steal")


def test_a_door_around_a_router_counts_for_its_routes() -> None:
    inner, outer = APIRouter(dependencies=[allows("parts.read")]), APIRouter()

    @inner.get("/guarded")
    async def guarded() -> None: ...

    outer.include_router(inner)
    service("parts", outer, {})

    @inner.get("/twice")
    async def twice(door: Annotated[Door, allows("parts.issue")]) -> None: ...

    with pytest.raises(DoorMissing, match="/twice"):
        service("parts", outer, {})
