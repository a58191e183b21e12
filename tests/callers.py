"""Callers for the tests: tokens with grants, and a client that calls an app through its real middleware and lifespan."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
from fastapi import FastAPI

from shared.identity import issue_token


def a_token(*roles: str, store: str = "sh01", subject: str = "lin.wei") -> str:
    """An access token of somebody who has these roles in one store ('*' = in all)."""
    return issue_token(subject, {store: list(roles)})


def called_by(*roles: str, store: str = "sh01", subject: str = "lin.wei") -> dict[str, str]:
    """Headers of a request by such a caller."""
    return {"Authorization": f"Bearer {a_token(*roles, store=store, subject=subject)}"}


def once() -> dict[str, str]:
    """Headers of a request that is meant to happen once: a fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}


def seen(version: int) -> dict[str, str]:
    """Headers of a write by somebody who saw this version."""
    return {"If-Match": f'"{version}"'}


@asynccontextmanager
async def calling(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the started app; the service's database must be migrated."""
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        yield client
