"""Who is asking: the only place that reads a token, and the small issuer that stands in for a real one on a laptop."""

import asyncio
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
import structlog
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey

from shared import clock
from shared.database import new_id
from shared.settings import MissingSetting, Settings, settings

log = structlog.get_logger("identity")
AUDIENCE = "loop4s"
LEEWAY_S = 30
KEYS_KEPT_S = 600
KEYS_REFETCHED_AFTER_S = 30
KEYS_TRIED_AFTER_S = 1
LONGEST_TOKEN = 8192

_ALGORITHMS = ["EdDSA", "Ed25519", "RS256"]
_STORE = re.compile(r"\*|[a-z][a-z0-9]{1,9}")
_ROLE = re.compile(r"[a-z_]{1,40}")
_FARTHEST = 2**33
"""As far as a token's end is looked at: some hundred years ahead."""
_SUBJECT = re.compile(r"[A-Za-z0-9._@:|+-]{1,120}")


@dataclass(frozen=True, slots=True)
class Caller:
    """A proven identity: `subject` is stable and unique, `name` is for people, `grants` maps a store code ('*' for all
    stores) to the roles held there."""

    subject: str
    name: str
    grants: Mapping[str, frozenset[str]]
    expires_at: datetime | None = None
    """When the token stops proving it; None: what proves it is looked at by others."""


class NotIdentified(Exception):
    """There is no token, or it proves nothing.  Over HTTP: 401 with WWW-Authenticate; the reason stays in the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def read_token(token: str) -> Caller:
    """The caller that an access token proves (signature, type, issuer, audience, time); NotIdentified otherwise."""
    if not token or len(token) > LONGEST_TOKEN:
        raise NotIdentified("no token, or one that is too long")
    try:
        header = jws.extract_compact(token.encode("ascii")).headers()
        if header.get("typ") != "at+jwt":
            raise NotIdentified("not an access token")
        keys = await _ring(settings()).keys_for(str(header.get("kid", "")))
        claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        _registry(settings().token_issuer).validate(claims)
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise NotIdentified(type(error).__name__) from None
    return _caller(claims)


def _registry(issuer: str) -> jwt.JWTClaimsRegistry:
    return jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        leeway=LEEWAY_S,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        sub={"essential": True},
    )


def _caller(claims: dict[str, Any]) -> Caller:
    subject, grants = claims["sub"], claims.get("grants", {})
    if not _SUBJECT.fullmatch(subject):
        raise NotIdentified("the subject has an unknown form")
    if not isinstance(grants, dict):
        raise NotIdentified("the grants have an unknown form")
    for store, roles in grants.items():
        listed = isinstance(roles, list) and all(isinstance(role, str) and _ROLE.fullmatch(role) for role in roles)
        if not _STORE.fullmatch(store) or not listed:
            raise NotIdentified("the grants have an unknown form")
    name = claims.get("name")
    return Caller(
        subject=subject,
        name=name if isinstance(name, str) else subject,
        grants=MappingProxyType({store: frozenset(roles) for store, roles in grants.items()}),
        expires_at=datetime.fromtimestamp(min(claims["exp"], _FARTHEST), UTC),
    )


class _KeyRing:
    """The issuer's public keys, from a file or an https URL: kept for ten minutes, fetched again for an unknown key id
    at most every 30 seconds."""

    def __init__(self, source: str) -> None:
        if not source.startswith("https://") and "://" in source:
            raise MissingSetting("LOOP4S_TOKEN_KEYS must be a path or an https URL")
        self._source = source
        self._keys: KeySet | None = None
        self._read_at = self._tried_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def keys_for(self, kid: str) -> KeySet:
        async with self._one_at_a_time:
            now = time.monotonic()
            known = self._keys is not None and any(key.kid == kid for key in self._keys.keys)
            outdated = now - self._read_at > KEYS_KEPT_S
            pause = KEYS_REFETCHED_AFTER_S if self._keys else KEYS_TRIED_AFTER_S
            if (outdated or not known) and now - self._tried_at >= pause:
                await self._read()
                self._tried_at = time.monotonic()
            if self._keys is None or not any(key.kid == kid for key in self._keys.keys):
                raise NotIdentified("signed with an unknown key")
            return self._keys

    async def _read(self) -> None:
        try:
            self._keys = KeySet.import_key_set(json.loads(await self._text()))
        except (OSError, httpx.HTTPError, JoseError, ValueError, KeyError) as error:
            log.error("the issuer's keys cannot be read", error=type(error).__name__)
            return
        self._read_at = time.monotonic()

    async def _text(self) -> str:
        if not self._source.startswith("https://"):
            return await asyncio.to_thread(Path(self._source).read_text)
        async with httpx.AsyncClient(timeout=5, follow_redirects=False) as client:
            return (await client.get(self._source)).raise_for_status().text


_rings: dict[str, _KeyRing] = {}


def _ring(settings: Settings) -> _KeyRing:
    if settings.token_keys is None:
        raise MissingSetting("LOOP4S_TOKEN_KEYS is not set: give the path or https URL of the issuer's public keys")
    return _rings.setdefault(settings.token_keys, _KeyRing(settings.token_keys))


class IssuingRefused(Exception):
    """The built-in issuer is for laptops and tests; production has an identity provider."""


def make_signing_key(folder: Path) -> Path:
    """Make the local issuer's key pair in the secrets folder, unless it is there.  Returns the path of the public key set,
    the value for LOOP4S_TOKEN_KEYS."""
    private, public = folder / "token_signing", folder / "token_keys.json"
    if not private.exists():
        key = OKPKey.generate_key("Ed25519", {"kid": str(new_id()), "use": "sig"}, private=True)
        _put(private, json.dumps(key.as_dict(private=True)))
    if not public.exists():
        key = OKPKey.import_key(json.loads(private.read_text()))
        _put(public, json.dumps({"keys": [key.as_dict(private=False)]}))
    return public


def _put(file: Path, text: str) -> None:
    """The whole file or none: half a key would stay for ever."""
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)


def issue_token(subject: str, grants: Mapping[str, list[str]], *, name: str = "", seconds: int = 300) -> str:
    """A signed access token of the local issuer, valid for so many seconds; `grants`: store code or '*' -> roles.
    IssuingRefused in production."""
    if settings().env == "production":
        raise IssuingRefused("tokens are issued by the identity provider where LOOP4S_ENV is production")
    key = OKPKey.import_key(json.loads(settings().secret("token", "signing")))
    now = int(clock.now().timestamp())
    claims = {
        "iss": settings().token_issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "name": name or subject,
        "iat": now,
        "exp": now + seconds,
        "jti": str(new_id()),
        "grants": dict(grants),
    }
    return jwt.encode({"alg": "Ed25519", "typ": "at+jwt", "kid": str(key.kid)}, claims, key, algorithms=_ALGORITHMS)
