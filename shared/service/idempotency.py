"""A repeated request takes effect once: its key is claimed first in the same transaction, its answer kept for 48 hours."""

import hashlib
import json
import re
from dataclasses import dataclass

from fastapi import Request, Response
from sqlalchemy import exc, text
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database import sqlstate
from shared.refusal import Refused

_FORM = re.compile(r"[\x21-\x7e]{1,200}")
LOCK_NOT_AVAILABLE = "55P03"

_CLAIM = text("""
    INSERT INTO idempotency_keys AS known (caller, route, key, body_hash) VALUES (:caller, :route, :key, :body_hash)
    ON CONFLICT (caller, route, key) DO UPDATE
       SET body_hash = excluded.body_hash, status = NULL, headers = NULL, body = NULL, created_at = excluded.created_at
     WHERE known.created_at < excluded.created_at - interval '48 hours'
    RETURNING true
""")
_LOOK_UP = text(
    "SELECT body_hash, status, headers, body FROM idempotency_keys WHERE caller = :caller AND route = :route AND key = :key"
)
_KEEP = text(
    "UPDATE idempotency_keys SET status = :status, headers = CAST(:headers AS jsonb), body = :body"
    " WHERE caller = :caller AND route = :route AND key = :key"
)


class KeyRefused(Refused):
    """The Idempotency-Key is missing or malformed.  Over HTTP: 400."""

    status = 400


class KeyReused(Refused):
    """The key was used for another request.  Over HTTP: 422."""

    status = 422

    def __init__(self) -> None:
        super().__init__("idempotency_key_reused", "This Idempotency-Key was used for another request.")


class Replayed(Exception):
    """The request was answered before; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


@dataclass(frozen=True, slots=True)
class Key:
    """One caller's key for one route; `body_hash` covers method, address and body."""

    caller: str
    route: str
    key: str
    body_hash: bytes

    @classmethod
    def of(cls, request: Request, caller: str) -> "Key | None":
        """The request's key; KeyRefused where a POST has none, None where another method has none."""
        given = request.headers.get("idempotency-key")
        if given is None:
            if request.method == "POST":
                raise KeyRefused("idempotency_key_missing", "This request needs an Idempotency-Key header.")
            return None
        if not _FORM.fullmatch(given):
            raise KeyRefused("idempotency_key_malformed", "An Idempotency-Key is 1 to 200 visible ASCII characters.")
        address = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
        endpoint = request.scope["endpoint"]
        route = f"{request.method} {endpoint.__module__}.{endpoint.__qualname__}"
        hashed = hashlib.sha256(address)
        hashed.update(request.state.body)  # a file is not copied for it
        return cls(caller, route, given, hashed.digest())

    async def claim(self, session: AsyncSession) -> None:
        """Make this transaction the one that answers; waits for a parallel one with the same key.

        Replayed with the kept answer when there is one; KeyReused when that was to another body;
        Refused('idempotency_key_in_flight') when the parallel one takes too long.
        """
        name = {"caller": self.caller, "route": self.route, "key": self.key}
        try:
            claimed = await session.scalar(_CLAIM, {**name, "body_hash": self.body_hash})
        except exc.DBAPIError as error:
            if sqlstate(error) != LOCK_NOT_AVAILABLE:
                raise
            raise Refused("idempotency_key_in_flight", "The first request with this key is still being worked on.") from None
        if claimed:
            return
        kept = (await session.execute(_LOOK_UP, name)).one()
        if bytes(kept.body_hash) != self.body_hash:
            raise KeyReused
        raise Replayed(Response(kept.body, kept.status, {**kept.headers, "Idempotency-Replayed": "true"}))

    async def keep(self, session: AsyncSession, answer: Response) -> None:
        """Remember the answer in the transaction that it speaks of."""
        headers = {name: value for name, value in answer.headers.items() if name in ("content-type", "etag", "location")}
        await session.execute(
            _KEEP,
            {
                "caller": self.caller,
                "route": self.route,
                "key": self.key,
                "status": answer.status_code,
                "headers": json.dumps(headers),
                "body": bytes(answer.body).decode(),
            },
        )
