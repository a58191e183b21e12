"""Whatever comes in, the answer is a problem with a code and a field, never a defect and never an echo."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import httpx
import pytest

from tests.callers import called_by, once
from tests.stack import Stack

CLERK = "parts_clerk"
CANARY = "canary13800138000"
FIELDS = {"type", "title", "status", "detail", "instance", "code", "parameters", "errors"}


async def sent(door: httpx.AsyncClient, content: Any, **headers: str) -> httpx.Response:
    """The answer to these bytes as a new note."""
    given = called_by(CLERK) | once() | {"Content-Type": "application/json"} | headers
    return await door.post("/notes", content=content, headers=given)


def is_a_problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem, which must have the standard's form and show nothing of ours or of the caller's."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert set(told) == FIELDS
    assert told["status"] == status
    assert told["type"] == f"urn:loop4s:problem:{told['code']}"
    assert told["instance"] == f"urn:uuid:{answer.headers['x-request-id']}"
    for leak in (CANARY, "Traceback", "sqlalchemy", "SELECT", "INSERT", ".py"):
        assert leak not in answer.text
    return told


def a_body(**fields: str) -> bytes:
    """JSON text of a note with some values written raw."""
    raw = {"store_id": '"sh01"', "words": '"fine"'} | fields
    return ("{" + ", ".join(f'"{name}": {value}' for name, value in raw.items()) + "}").encode()


TRAPS = {
    "NaN": a_body(weight="NaN"),
    "Infinity": a_body(weight="-Infinity"),
    "a number beyond doubles": a_body(weight="1e999"),
    "a number beyond 63 bits": a_body(amount_fen=str(2**63)),
    "a number of 5,000 digits": a_body(amount_fen="9" * 5000),
    "a negative amount": a_body(amount_fen="-1"),
    "true for a number": a_body(amount_fen="true"),
    "a text for a number": a_body(amount_fen='"5"'),
    "a broken number": a_body(amount_fen="5.5"),
    "a lone surrogate": a_body(words=r'"\ud800"'),
    "a lone surrogate as a key": a_body(extra=r'{"\udfff": 1}'),
    "a NUL": a_body(words=r'"a\u0000b"'),
    "a NUL deep inside": a_body(extra=r'{"a": [{"b": "\u0000"}]}'),
    "a NaN deep inside": a_body(extra='{"a": [NaN]}'),
    "a huge number deep inside": a_body(extra='{"a": [99999999999999999999]}'),
    "a control character": a_body(words=r'"a\u0007b"'),
    "only blanks": a_body(words=r'"\u3000 "'),
    "too many characters": a_body(words=json.dumps("x" * 81)),
    "a key twice": b'{"store_id": "sh01", "words": "a", "words": "b"}',
    "a key twice deep inside": a_body(extra='{"a": {"b": 1, "b": 2}}'),
    "a field that is not ours": a_body(state='"paid"'),
    "a missing field": b'{"store_id": "sh01"}',
    "null": b"null",
    "a list": b"[]",
    "a text": b'"x"',
    "half an object": b'{"store_id": ',
    "not UTF-8": b'{"store_id": "sh01", "words": "\xff\xfe"}',
    "a thousand brackets": b"[" * 1000 + b"]" * 1000,
    "sixty thousand brackets": b"[" * 60_000,
    "nothing": b"",
    "a store with a comma": a_body(store_id='"sh01,sh02"'),
}


@pytest.mark.parametrize("content", TRAPS.values(), ids=TRAPS.keys())
async def test_a_bad_body_is_refused_with_its_reason(doorbell: httpx.AsyncClient, content: bytes) -> None:
    told = is_a_problem(await sent(doorbell, content), 422)
    assert told["errors"]
    assert all(set(error) == {"loc", "type", "msg"} for error in told["errors"])


@pytest.mark.parametrize("field", ["store_id", "words", "amount_fen", "code", "weight"])
async def test_a_refused_value_is_named_but_never_repeated(doorbell: httpx.AsyncClient, field: str) -> None:
    value = json.dumps([CANARY]) if field == "words" else json.dumps(f"{CANARY} 北京")
    told = is_a_problem(await sent(doorbell, a_body(**{field: value})), 422)
    assert told["errors"][0]["loc"] == ["body", field]


async def test_good_text_comes_back_as_it_was(doorbell: httpx.AsyncClient) -> None:
    words = "发动机异响 🚗 e\u0301"
    answer = await sent(doorbell, json.dumps({"store_id": "sh01", "words": words}).encode())
    assert (answer.status_code, answer.json()["words"]) == (201, "发动机异响 🚗 é")


async def test_json_under_another_name_is_refused(doorbell: httpx.AsyncClient) -> None:
    is_a_problem(await sent(doorbell, a_body(), **{"Content-Type": "text/plain"}), 422)


async def test_a_rule_names_the_field_that_breaks_it(doorbell: httpx.AsyncClient) -> None:
    told = is_a_problem(await sent(doorbell, a_body(words='"odd"')), 422)
    assert (told["code"], told["errors"]) == ("odd", [{"loc": ["body", "words"], "type": "odd", "msg": "The words are odd."}])


async def test_a_large_body_is_refused_as_declared_and_as_counted(doorbell: httpx.AsyncClient) -> None:
    large = a_body(words=json.dumps("x" * 70_000))

    async def in_pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(large), 1000):
            yield large[start : start + 1000]

    assert is_a_problem(await sent(doorbell, large), 413)["code"] == "too_large"
    assert is_a_problem(await sent(doorbell, in_pieces()), 413)["code"] == "too_large"
    assert is_a_problem(await sent(doorbell, a_body(), **{"Content-Length": "9" * 30}), 413)["code"] == "too_large"


async def test_a_body_that_never_ends_is_given_up(doorbell: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.service.bodies.DEADLINE_S", 0.05)

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert is_a_problem(await sent(doorbell, endless()), 408)["code"] == "too_slow"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/notes/not-an-id", 422),
        (f"/notes/{CANARY}", 422),
        ("/search?words=%00", 422),
        ("/search", 422),
        (f"/number/{2**63}", 422),
        ("/number/1%00", 422),
        (f"/nowhere/{CANARY}", 404),
        ("/%ff", 404),
    ],
)
async def test_a_bad_address_is_refused(doorbell: httpx.AsyncClient, path: str, status: int) -> None:
    is_a_problem(await doorbell.get(path, headers=called_by(CLERK)), status)


async def test_a_wrong_method_is_refused(doorbell: httpx.AsyncClient) -> None:
    is_a_problem(await doorbell.delete("/notes", headers=called_by(CLERK)), 405)


async def test_refusals_at_the_door_are_problems(doorbell: httpx.AsyncClient) -> None:
    is_a_problem(await doorbell.get("/notes"), 401)
    is_a_problem(await doorbell.get("/notes", headers=called_by("cashier")), 403)
    is_a_problem(await doorbell.post("/notes", content=a_body(), headers=called_by(CLERK)), 422)


async def test_a_defect_tells_nothing_but_where_to_look(
    doorbell: httpx.AsyncClient,
) -> None:
    told = is_a_problem(await doorbell.get("/broken"), 500)
    assert told["code"] == "internal"


async def test_a_slow_statement_is_given_up_and_may_be_repeated(doorbell: httpx.AsyncClient) -> None:
    answer = await doorbell.get("/slow", headers=called_by(CLERK))
    assert is_a_problem(answer, 503)["code"] == "busy"
    assert answer.headers["retry-after"] == "1"


async def test_a_locked_note_and_a_key_in_flight_are_not_waited_for_forever(doorbell: httpx.AsyncClient, stack: Stack) -> None:
    key = once()
    made = await doorbell.post(
        "/notes", content=a_body(), headers=called_by(CLERK) | key | {"Content-Type": "application/json"}
    )
    note = made.json()["id"]
    admin = await asyncpg.connect(f"{stack.servers.postgres}/{stack.settings.database('doorbell')}")
    try:
        async with admin.transaction():
            await admin.execute("SELECT FROM notes WHERE id = $1 FOR UPDATE", note)
            await admin.execute("SELECT FROM idempotency_keys WHERE key = $1 FOR UPDATE", key["Idempotency-Key"])
            locked, in_flight = await asyncio.gather(
                doorbell.post(f"/notes/{note}/pin", headers=called_by(CLERK) | once() | {"If-Match": '"0"'}),
                sent(doorbell, a_body(), **key),
            )
    finally:
        await admin.close()
    assert is_a_problem(locked, 503)["code"] == "busy"
    assert is_a_problem(in_flight, 409)["code"] == "idempotency_key_in_flight"


async def test_more_callers_than_connections_are_told_to_come_again(doorbell: httpx.AsyncClient, stack: Stack) -> None:
    admin = await asyncpg.connect(f"{stack.servers.postgres}/{stack.settings.database('doorbell')}")
    try:
        async with admin.transaction():
            await admin.execute("LOCK TABLE notes IN ACCESS EXCLUSIVE MODE")
            answers = await asyncio.gather(*(doorbell.get("/notes", headers=called_by(CLERK)) for _ in range(30)))
    finally:
        await admin.close()
    for answer in answers:
        is_a_problem(answer, 503)
    assert (await doorbell.get("/notes", headers=called_by(CLERK))).status_code == 200


async def test_a_lost_database_is_a_passing_problem(doorbell: httpx.AsyncClient, stack: Stack) -> None:
    name = stack.settings.database("doorbell")
    admin = await asyncpg.connect(f"{stack.servers.postgres}/postgres")
    try:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT 0')
        await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
        for _ in range(12):
            is_a_problem(await doorbell.get("/notes", headers=called_by(CLERK)), 503)
        readiness = await doorbell.get("/readyz")
        assert (readiness.status_code, readiness.json()["not_ready"]) == (503, ["database"])
        assert (await doorbell.get("/livez")).status_code == 200
    finally:
        await admin.execute(f'ALTER DATABASE "{name}" CONNECTION LIMIT -1')
        await admin.close()
    assert (await doorbell.get("/notes", headers=called_by(CLERK))).status_code == 200
    assert (await doorbell.get("/readyz")).status_code == 200


async def test_every_route_says_which_problems_it_has(doorbell: httpx.AsyncClient) -> None:
    document = (await doorbell.get("/openapi.json")).json()
    assert set(document["components"]["schemas"]["Problem"]["properties"]) == FIELDS
    writing = document["paths"]["/notes"]["post"]
    assert "application/problem+json" in writing["responses"]["422"]["content"]
    assert [parameter["name"] for parameter in writing["parameters"]] == ["Idempotency-Key"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
