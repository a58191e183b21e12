"""RabbitMQ's management API (3.10 and later), as the broker's administrator."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from shared.settings import Settings


class BrokerRefused(Exception):
    """The management API answered with an error; the text says to what, and the broker's reason."""


@dataclass(frozen=True, slots=True)
class Management:
    """The management API as the broker's administrator; `password` finds a user's password."""

    client: httpx.AsyncClient
    admin: str
    password: Callable[[str], str]

    async def ask(self, method: str, *path: str, json: Any = None) -> Any:
        """One request; path pieces are escaped here.  None when the thing does not exist; BrokerRefused on any other error."""
        at = "/api/" + "/".join(quote(piece, safe="") for piece in path)
        answer = await self.client.request(method, at, json=json)
        if answer.status_code == httpx.codes.NOT_FOUND and method in {"GET", "DELETE"}:
            return None
        if answer.is_error:
            raise BrokerRefused(f"the broker answered {answer.status_code} to {method} {at}: {answer.text[:300]}")
        return answer.json() if answer.content and method == "GET" else None


@asynccontextmanager
async def management(settings: Settings) -> AsyncIterator[Management]:
    """The management API that the settings name, as `broker_admin`."""

    def password(user: str) -> str:
        return settings.secret("broker", user)

    auth = (settings.broker_admin, password(settings.broker_admin))
    async with httpx.AsyncClient(base_url=settings.broker_management, auth=auth, timeout=30) as client:
        yield Management(client, settings.broker_admin, password)
