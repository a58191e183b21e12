"""Who works in the demonstration's stores, and how they reach the services: HTTP APIs only."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

import httpx

from shared.database import new_id
from shared.identity import issue_token

TOKEN_S = 600
PATIENCE_S = 240
"""How long a person waits for what must come (a part, a finished job) before the demonstration counts as failed."""
Json = Mapping[str, Any]
FILE = {"Content-Type": "application/octet-stream"}


class GivenUp(Exception):
    """Something that had to happen did not happen in time, or was refused for good; the text says what."""


@dataclass
class Person:
    """Somebody with a role in a store, who calls one service; times out, loses answers and repeats with the same key."""

    name: str
    grants: Mapping[str, list[str]]
    base_url: str
    client: httpx.AsyncClient
    _token: str = ""
    _until: float = 0.0
    retries: int = field(default=0)

    async def ask(self, path: str, **query: Any) -> Any:
        """GET; the answer's JSON."""
        answer = await self._send("GET", path, params=query)
        return answer.json()

    async def do(
        self, path: str, body: Json | bytes | None = None, *, on: str | None = None, version: int | None = None
    ) -> Any:
        """POST once, whatever happens to the answer; `on` names the resource whose version must be the newest one, `version`
        is the one that was seen.  Bytes are a file."""
        key = str(new_id())
        for _ in range(50):
            headers = {"Idempotency-Key": key}
            if version is not None:
                headers["If-Match"] = f'"{version}"'
            if on:
                headers["If-Match"] = (await self._send("GET", on)).headers["ETag"]
            if isinstance(body, bytes):
                answer = await self._send("POST", path, content=body, headers=headers | FILE)
            else:
                answer = await self._send("POST", path, json=dict(body or {}), headers=headers)
            if answer.status_code == 412 and version is None:
                continue  # somebody changed it between our look and our write; a refusal keeps no key
            if answer.is_success:
                return answer.json()
            raise Refusal(answer, f"{self.name}: {path}")
        raise GivenUp(f"{self.name}: {path} was always changed by somebody else")

    async def may(self, path: str, body: Json | None, *not_yet: str, on: str) -> Any:
        """As `do`, but None when it is refused by one of these codes."""
        try:
            return await self.do(path, body, on=on)
        except Refusal as refused:
            if refused.code in not_yet:
                return None
            raise

    async def until(self, what: str, look: Callable[[], Awaitable[Any]]) -> Any:
        """Look again and again until there is something."""
        end, pause = monotonic() + PATIENCE_S, 0.05
        while monotonic() < end:
            if found := await look():
                return found
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311
            pause = min(pause * 1.3, 1.0)
        raise GivenUp(f"{self.name} waited {PATIENCE_S} s in vain for {what}")

    async def _send(self, method: str, path: str, **more: Any) -> httpx.Response:
        """Again with the same key while the outcome is unknown (no answer, 5xx, 429)."""
        end, pause = monotonic() + PATIENCE_S, 0.1
        last = ""
        while monotonic() < end:
            headers = {"Authorization": f"Bearer {self._bearer()}", **more.get("headers", {})}
            try:
                answer = await self.client.request(method, self.base_url + path, **{**more, "headers": headers})
            except httpx.HTTPError as error:
                last = type(error).__name__
            else:
                if answer.status_code < 500 and answer.status_code != 429 and not _in_flight(answer):
                    if method == "GET" and not answer.is_success:
                        raise Refusal(answer, f"{self.name}: {path}")
                    return answer
                last = str(answer.status_code)
            self.retries += 1
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 2.0)
        raise GivenUp(f"{self.name}: {method} {path} had no answer for {PATIENCE_S} s (last: {last})")

    def _bearer(self) -> str:
        if monotonic() > self._until:
            self._token = issue_token(self.name, dict(self.grants), seconds=TOKEN_S)
            self._until = monotonic() + TOKEN_S / 2
        return self._token


class Refusal(GivenUp):
    """A service refused what the demonstration asked for; `code` and `parameters` are the problem's."""

    def __init__(self, answer: httpx.Response, what: str) -> None:
        problem = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        self.code = str(problem.get("code", ""))
        self.parameters: dict[str, Any] = problem.get("parameters", {})
        super().__init__(f"{what}: {answer.status_code} {self.code} {problem.get('detail', '')} {problem.get('errors', '')}")


def _in_flight(answer: httpx.Response) -> bool:
    """The first request with this key is still being worked on."""
    return answer.status_code == 409 and "in_flight" in answer.text
