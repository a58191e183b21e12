"""Only a fresh access token of the issuer identifies a caller; every forged one is refused alike."""

import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey

from shared.identity import (
    AUDIENCE,
    IssuingRefused,
    NotIdentified,
    issue_token,
    make_signing_key,
    read_token,
)
from shared.permissions import ACTIONS, ROLES, NotAllowed, stores_for
from shared.settings import settings


class Issuer:
    """A local issuer's key, to sign what the issuer itself would never sign."""

    def __init__(self, folder: Path) -> None:
        self.key_set = make_signing_key(folder)
        self.key = OKPKey.import_key(json.loads((folder / "token_signing").read_text()))

    def signed(self, header: dict[str, Any] | None = None, key: Any = None, **claims: Any) -> str:
        """A token with these claims changed (None = left out)."""
        now = int(time.time())
        content = {
            "iss": settings().token_issuer,
            "aud": AUDIENCE,
            "sub": "lin.wei",
            "exp": now + 60,
            "grants": {"sh01": ["advisor"]},
        } | claims
        content = {name: value for name, value in content.items() if value is not None}
        top = {"alg": "Ed25519", "typ": "at+jwt", "kid": self.key.kid} | (header or {})
        algorithms = ["Ed25519", "EdDSA", "RS256", "HS256", "none"]
        return jwt.encode(top, content, key or self.key, algorithms=algorithms, default_type=None)


@pytest.fixture
def issuer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Issuer]:
    ours = Issuer(tmp_path)
    monkeypatch.setenv("LOOP4S_ENV", "local")
    monkeypatch.setenv("LOOP4S_SECRETS_FOLDER", str(tmp_path))
    monkeypatch.setenv("LOOP4S_TOKEN_KEYS", str(ours.key_set))
    settings.cache_clear()
    yield ours
    monkeypatch.undo()
    settings.cache_clear()


def _plain(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def _tampered(token: str) -> str:
    header, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["grants"] = {"*": ["group_manager"]}
    return f"{header}.{_plain(claims)}.{signature}"


def _unsigned(token: str) -> str:
    _, body, _ = token.split(".")
    return f"{_plain({'alg': 'none', 'typ': 'at+jwt'})}.{body}."


def _own_key_in_header(issuer: Issuer) -> str:
    mine = OKPKey.generate_key("Ed25519", private=True)
    return issuer.signed({"jwk": mine.as_dict(private=False), "kid": "mine"}, mine)


def _keyed_with_the_public_key(issuer: Issuer) -> str:
    _, body, _ = issuer.signed().split(".")
    header = _plain({"alg": "HS256", "typ": "at+jwt", "kid": issuer.key.kid})
    mac = hmac.digest(issuer.key.as_pem(private=False), f"{header}.{body}".encode(), "sha256")
    return f"{header}.{body}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


FORGERIES: dict[str, Callable[[Issuer], str]] = {
    "unsigned": lambda issuer: _unsigned(issuer.signed()),
    "signed with HS256 and the public key": _keyed_with_the_public_key,
    "expired beyond the leeway": lambda issuer: issuer.signed(exp=int(time.time()) - 31),
    "for another audience": lambda issuer: issuer.signed(aud="elsewhere"),
    "without an end": lambda issuer: issuer.signed(exp=None),
    "tampered with": lambda issuer: _tampered(issuer.signed()),
    "signed with another key of the same id": lambda issuer: issuer.signed(key=OKPKey.generate_key("Ed25519", private=True)),
    "bringing its own key": _own_key_in_header,
    "not valid yet": lambda issuer: issuer.signed(nbf=int(time.time()) + 60),
    "of another type": lambda issuer: issuer.signed({"typ": "JWT"}),
    "of another issuer": lambda issuer: issuer.signed(iss="https://elsewhere.example"),
    "without a subject": lambda issuer: issuer.signed(sub=None),
    "without an audience": lambda issuer: issuer.signed(aud=None),
    "without an issuer": lambda issuer: issuer.signed(iss=None),
    "without a key id": lambda issuer: issuer.signed({"kid": ""}),
    "signed with an RSA key that nobody published": lambda issuer: issuer.signed(
        {"alg": "RS256", "kid": "other"}, RSAKey.generate_key(2048, private=True)
    ),
    "granting two stores in one word": lambda issuer: issuer.signed(grants={"sh01,sh02": ["advisor"]}),
    "granting a text": lambda issuer: issuer.signed(grants={"sh01": "advisor"}),
    "naming a subject with a line break": lambda issuer: issuer.signed(sub="lin\nwei"),
    "not a token": lambda issuer: "not-a-token",
    "not even ASCII": lambda issuer: "é.é.é",
    "empty": lambda issuer: "",
    "endless": lambda issuer: "a" * 10_000,
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_token_identifies_nobody(issuer: Issuer, forgery: Callable[[Issuer], str]) -> None:
    with pytest.raises(NotIdentified):
        await read_token(forgery(issuer))


async def test_a_token_of_the_issuer_identifies_its_subject_and_grants(issuer: Issuer) -> None:
    caller = await read_token(issue_token("lin.wei", {"sh01": ["advisor", "cashier"]}, name="Lin Wei"))
    assert (caller.subject, caller.name) == ("lin.wei", "Lin Wei")
    assert caller.grants == {"sh01": frozenset({"advisor", "cashier"})}


@pytest.mark.parametrize("algorithm", ["Ed25519", "EdDSA"])
async def test_small_clock_differences_are_tolerated(issuer: Issuer, algorithm: str) -> None:
    now = int(time.time())
    token = issuer.signed({"alg": algorithm}, exp=now - 20, nbf=now + 20, aud=["loop4s", "other"])
    assert (await read_token(token)).subject == "lin.wei"


async def test_a_key_that_the_issuer_adds_is_found_without_a_restart(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    await read_token(issuer.signed())
    added = RSAKey.generate_key(2048, {"kid": "added"}, private=True)
    key_set = json.loads(issuer.key_set.read_text())
    issuer.key_set.write_text(json.dumps({"keys": [*key_set["keys"], added.as_dict(private=False)]}))
    token = issuer.signed({"alg": "RS256", "kid": "added"}, added)

    with pytest.raises(NotIdentified):  # looked up a moment ago: not again so soon
        await read_token(token)
    monkeypatch.setattr("shared.identity.KEYS_REFETCHED_AFTER_S", 0)
    assert (await read_token(token)).subject == "lin.wei"


async def test_keys_that_cannot_be_read_again_stay_in_use(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    await read_token(issuer.signed())
    issuer.key_set.unlink()
    monkeypatch.setattr("shared.identity.KEYS_REFETCHED_AFTER_S", 0)
    monkeypatch.setattr("shared.identity.KEYS_KEPT_S", 0)
    assert (await read_token(issuer.signed())).subject == "lin.wei"


def test_the_built_in_issuer_refuses_production(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOP4S_ENV", "production")
    settings.cache_clear()
    with pytest.raises(IssuingRefused):
        issue_token("lin.wei", {"sh01": ["advisor"]})


def test_the_signing_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    public = make_signing_key(tmp_path)
    before = (tmp_path / "token_signing").read_bytes()
    assert make_signing_key(tmp_path) == public
    assert (tmp_path / "token_signing").read_bytes() == before
    assert (tmp_path / "token_signing").stat().st_mode & 0o077 == 0
    assert "d" not in json.loads(public.read_text())["keys"][0]


async def test_roles_reach_only_the_stores_where_they_are_granted(issuer: Issuer) -> None:
    grants = {"sh02": ["parts_clerk"], "sh01": ["parts_clerk", "advisor"], "hz01": ["advisor"]}
    caller = await read_token(issue_token("wang.fang", grants))
    assert stores_for(caller, "parts.issue") == ("sh01", "sh02")
    assert stores_for(caller, "reception.check_in") == ("hz01", "sh01")
    with pytest.raises(NotAllowed):
        stores_for(caller, "claims.decide")


async def test_a_role_granted_everywhere_reaches_all_stores(issuer: Issuer) -> None:
    caller = await read_token(issue_token("chen.jing", {"*": ["group_manager"], "sh01": ["parts_clerk"]}))
    assert stores_for(caller, "parts.read") == ("*",)
    assert stores_for(caller, "parts.issue") == ("sh01",)


def test_the_table_names_only_known_roles_and_leaves_no_action_without_one() -> None:
    assert all(permission.roles and permission.roles <= ROLES for permission in ACTIONS.values())
    assert {role for permission in ACTIONS.values() for role in permission.roles} == ROLES
