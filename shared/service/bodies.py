"""What may come in at all: at most 64 KiB within 15 seconds, and JSON that means one thing only – unless a route says with
`raw` that it takes a file."""

import asyncio
import contextlib
import json
from collections.abc import Iterator, Mapping
from re import Pattern
from typing import Any

from fastapi import Depends, Request
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.fields import LARGEST
from shared.service.problems import FieldProblem, busy, invalid, problem

LARGEST_BODY = 64 * 1024
DEADLINE_S = 15.0
RAW_DEADLINE_S = 60.0
"""A photo may come over a slow line."""
RAW_AT_ONCE = 8
"""Requests with a file in the house; more are told to come again, so that files never fill the memory."""
DISCARDED = 64 * 1024 * 1024
"""How much of a body that is too large is read (and dropped) before its sender is cut off."""
DEEPEST = 32


class TooLarge(Exception):
    """The body is larger than allowed, as declared or as counted."""


class Unreadable(ValueError):
    """JSON that could be read in two ways, or holds what no field may hold."""

    def __init__(self, type: str, reason: str) -> None:
        super().__init__(reason)
        self.type, self.reason = type, reason


class Raw:
    """The dependency behind `raw`: gives the route the body's bytes as they came."""

    def __init__(self, largest: int) -> None:
        self.largest = largest

    def __call__(self, request: Request) -> bytes:
        body: bytes = request.state.body
        return body


def raw(largest: int) -> Any:
    """Route parameter `content: Annotated[bytes, raw(10 * 1024 * 1024)]`: the body is a file of at most so many bytes, not
    JSON.  The service reads this from its routes before it lets a body in."""
    return Depends(Raw(largest))


class Bodies:
    """Plain ASGI middleware: reads the body once, refuses what is too large, too slow or ambiguous, and leaves the bytes in
    `scope["state"]["body"]` for the idempotency check.  `files`: the addresses whose POST takes a file, and how large."""

    def __init__(self, app: ASGIApp, files: Mapping[Pattern[str], int] | None = None) -> None:
        self.app, self.files = app, files or {}
        self.raw = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif (largest := self._file(scope)) is None:
            await self._let_in(scope, receive, send, LARGEST_BODY, DEADLINE_S)
        elif self.raw >= RAW_AT_ONCE:
            await _discard(receive)
            await busy(scope["state"]["request_id"])(scope, receive, send)
        else:
            self.raw += 1
            try:
                await self._let_in(scope, receive, send, largest, RAW_DEADLINE_S, json=False)
            finally:
                self.raw -= 1

    def _file(self, scope: Scope) -> int | None:
        """How large a file this request may bring; None where it is to bring JSON."""
        if scope["method"] != "POST":
            return None
        return next((largest for address, largest in self.files.items() if address.match(scope["path"])), None)

    async def _let_in(
        self, scope: Scope, receive: Receive, send: Send, largest: int, deadline_s: float, *, json: bool = True
    ) -> None:
        headers, state = Headers(scope=scope), scope["state"]
        try:
            async with asyncio.timeout(deadline_s):
                body = await _read(headers, receive, largest)
            if body is None:
                return
            _address(scope)
            if json:
                _readable(headers, body)
        except TooLarge:
            await _discard(receive)
            told = f"The body is larger than {largest} bytes."
            refusal = problem(413, "too_large", told, request_id=state["request_id"], headers={"Connection": "close"})
            await refusal(scope, receive, send)
            return
        except TimeoutError:
            told = f"The body was not complete within {deadline_s:.0f} seconds."
            refusal = problem(408, "too_slow", told, request_id=state["request_id"], headers={"Connection": "close"})
            await refusal(scope, receive, send)
            return
        except Unreadable as error:
            refusal = invalid(state["request_id"], [FieldProblem(loc=["body"], type=error.type, msg=error.reason)])
            await refusal(scope, receive, send)
            return
        state["body"] = body
        await self.app(scope, _replayed(body, receive), send)


async def _read(headers: Headers, receive: Receive, largest: int) -> bytes | None:
    """The whole body; None when the client went away."""
    declared = headers.get("content-length", "0")
    if not declared.isdecimal() or int(declared) > largest:
        raise TooLarge
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if len(body) > largest:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


async def _discard(receive: Receive) -> None:
    """Let a large body pass by unkept: a connection closed while the client still sends would lose the answer."""
    passed = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DEADLINE_S):
            while passed < DISCARDED:
                message = await receive()
                passed += len(message.get("body", b""))
                if not message.get("more_body", False):
                    return


def _replayed(body: bytes, receive: Receive) -> Receive:
    pending: Iterator[Message] = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def next_message() -> Message:
        return next(pending, None) or await receive()

    return next_message


def _address(scope: Scope) -> None:
    if "\0" in scope["path"] or b"%00" in scope.get("query_string", b""):
        raise Unreadable("nul", "The address should not contain a NUL character")


def _readable(headers: Headers, body: bytes) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body or not (kind == "application/json" or kind.endswith("+json")):
        return
    try:
        content = json.loads(body, object_pairs_hook=_once_each, parse_constant=_no_constant, parse_float=_finite)
        _storable(content, DEEPEST)
    except Unreadable:
        raise
    except (ValueError, RecursionError):
        raise Unreadable("json_invalid", "Body should be valid JSON") from None


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("duplicate_key", "No key should occur twice in one object")
    return found


def _no_constant(_: str) -> None:
    raise Unreadable("not_a_number", "NaN and Infinity are not numbers")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Unreadable("not_a_number", "A number is too large")
    return number


def _storable(content: Any, depth: int) -> None:
    if depth == 0:
        raise Unreadable("too_deep", f"Values should not be nested more than {DEEPEST} deep")
    match content:
        case str():
            _text(content)
        case dict():
            for key, value in content.items():
                _text(key)
                _storable(value, depth - 1)
        case list():
            for value in content:
                _storable(value, depth - 1)
        case int() if not -LARGEST - 1 <= content <= LARGEST:
            raise Unreadable("too_large", "A number is too large")


def _text(text: str) -> None:
    if "\0" in text:
        raise Unreadable("nul", "Text should not contain a NUL character")
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise Unreadable("lone_surrogate", "Text should be valid Unicode")
