"""A route that says so takes a file instead of JSON; no other does."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from shared.service.bodies import LARGEST_BODY, RAW_AT_ONCE, Bodies
from tests.callers import called_by, once, seen
from tests.shared.services.doorbell.app import LARGEST_PICTURE

CLERK = "parts_clerk"
NOT_JSON = b'\xff\xd8{"a": 1, "a": NaN}' + b"x" * LARGEST_BODY


async def a_note(door: httpx.AsyncClient) -> str:
    answer = await door.post("/notes", json={"store_id": "sh01", "words": "wall"}, headers=called_by(CLERK) | once())
    return str(answer.json()["id"])


async def hung(door: httpx.AsyncClient, note: str, content: bytes, **headers: str) -> httpx.Response:
    given = called_by(CLERK) | once() | seen(0) | {"Content-Type": "image/jpeg"} | headers
    return await door.post(f"/notes/{note}/picture", content=content, headers=given)


async def test_a_file_larger_than_any_json_comes_in_as_it_is(doorbell: httpx.AsyncClient) -> None:
    answer = await hung(doorbell, await a_note(doorbell), NOT_JSON)
    assert (answer.status_code, answer.json()["pinned"]) == (201, len(NOT_JSON)), answer.text


async def test_a_file_that_calls_itself_json_is_not_read_as_such(doorbell: httpx.AsyncClient) -> None:
    answer = await hung(doorbell, await a_note(doorbell), NOT_JSON, **{"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text


async def test_a_file_of_the_largest_size_comes_in_and_one_byte_more_does_not(doorbell: httpx.AsyncClient) -> None:
    note = await a_note(doorbell)
    refused = await hung(doorbell, note, b"x" * (LARGEST_PICTURE + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert str(LARGEST_PICTURE) in refused.json()["detail"]
    assert (await hung(doorbell, note, b"x" * LARGEST_PICTURE)).status_code == 201


async def test_json_stays_small_beside_it(doorbell: httpx.AsyncClient) -> None:
    body = b'{"store_id": "sh01", "words": "' + b"x" * LARGEST_BODY + b'"}'
    headers = called_by(CLERK) | once() | {"Content-Type": "application/json"}
    for path in ("/notes", f"/notes/{uuid4()}/pin", f"/notes/{uuid4()}/picture/more"):
        answer = await doorbell.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path


async def test_a_repeated_file_is_answered_once_and_another_under_its_key_refused(doorbell: httpx.AsyncClient) -> None:
    note, key = await a_note(doorbell), once()
    first = await hung(doorbell, note, NOT_JSON, **key)
    again = await hung(doorbell, note, NOT_JSON, **key)
    assert (again.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    other = await hung(doorbell, note, NOT_JSON[:-1] + b"y", **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_file_is_in_the_document(doorbell: httpx.AsyncClient) -> None:
    paths = (await doorbell.get("/openapi.json")).json()["paths"]
    assert "post" in paths["/notes/{note_id}/picture"]


@pytest.mark.parametrize("place", ["free", "taken"])
async def test_files_never_fill_the_memory(place: str) -> None:
    """Those that come while the house is full are told to come again; what has left makes room."""
    may_leave, inside = asyncio.Event(), 0

    async def app(scope: Any, receive: Any, send: Any) -> None:
        nonlocal inside
        inside += 1
        await may_leave.wait()
        inside -= 1

    import re

    bodies = Bodies(app, files={re.compile("^/picture$"): 10})
    said: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x", "more_body": False}

    async def send(message: Any) -> None:
        said.append(message)

    def a_scope() -> dict[str, Any]:
        return {"type": "http", "method": "POST", "path": "/picture", "headers": [], "state": {"request_id": uuid4()}}

    waiting = [asyncio.create_task(bodies(a_scope(), receive, send)) for _ in range(RAW_AT_ONCE)]
    while inside < RAW_AT_ONCE:
        await asyncio.sleep(0)
    if place == "free":
        may_leave.set()
        await asyncio.gather(*waiting)
        await bodies(a_scope(), receive, send)
        assert (said, inside) == ([], 0)
    else:
        await bodies(a_scope(), receive, send)
        assert (said[0]["status"], inside) == (503, RAW_AT_ONCE)
        may_leave.set()
        await asyncio.gather(*waiting)
