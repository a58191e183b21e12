"""Secrets of an installation: made once and never changed here, then dealt out so that each process holds only its own."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from shared.identity import make_signing_key
from shared.settings import NEIGHBOURS, SERVICES, Settings
from shared.topology import MONITORING, OPERATOR

ADMIN = "admin"
"""The folder that holds all secrets: for migrations, topology and operators."""
PUBLIC_KEYS = "token_keys.json"
OWNER_ONLY, EVERYBODY = 0o400, 0o444


def make(vault: Path, admins: Mapping[str, str | None]) -> Path:
    """Make every secret that the folder lacks: one file each, readable by its owner only.

    `admins`: `database_<role>` and `broker_<user>` of the servers' administrators; None = make a password for it.
    Returns the path of the public keys that tokens are checked with.
    """
    vault.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, password in admins.items():
        _kept(vault / name, lambda password=password: password or _password())  # type: ignore[misc]
    for name in (
        *(f"database_{role}" for service in SERVICES for role in (service, f"{service}_owner")),
        *(f"broker_{user}" for user in (*SERVICES, *NEIGHBOURS, OPERATOR, MONITORING)),
    ):
        _kept(vault / name, _password)
    _kept(vault / "console_users", lambda: json.dumps(first_users()))
    return make_signing_key(vault)


def deal(folder: Path, conf: Settings) -> None:
    """From `folder/admin` into a folder for each process and server that holds what this one needs, and nothing else.

    The servers run as other users than Loop4S: who may read their folders is decided by where these are mounted.
    """
    vault = folder / ADMIN
    for service in SERVICES:
        for name in needed_by(service):
            _write(folder / service / name, (vault / name).read_text(), OWNER_ONLY)
    _write(folder / "postgres" / "password", (vault / f"database_{conf.postgres_admin}").read_text(), EVERYBODY)
    password = (vault / f"broker_{conf.broker_admin}").read_text()
    administrator = f"default_user = {conf.broker_admin}\ndefault_pass = {password}\n"
    _write(folder / "rabbitmq" / "30-administrator.conf", administrator, EVERYBODY)


def needed_by(service: str) -> tuple[str, ...]:
    """Names of the secrets that a service reads."""
    own = (f"database_{service}", f"broker_{service}", PUBLIC_KEYS)
    return (*own, f"broker_{MONITORING}", "console_users") if service == "console" else own


def first_users() -> list[dict[str, object]]:
    """The console's first users, each with a password of its own."""
    roles = {
        "manager": {"*": ["group_manager", "ops"]},
        "advisor": {"sh01": ["advisor"]},
        "dispatcher": {"sh01": ["dispatcher"]},
    }
    return [{"name": name, "password": secrets.token_urlsafe(9), "grants": grants} for name, grants in roles.items()]


def _password() -> str:
    return secrets.token_urlsafe(24)


def _kept(file: Path, make: Callable[[], str]) -> None:
    if not file.exists():
        _write(file, make(), OWNER_ONLY)


def _write(file: Path, text: str, mode: int) -> None:
    """The whole file or none: a half-written secret would be taken for a good one."""
    with suppress(FileNotFoundError):
        if file.read_text() == text:
            return
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(f".{file.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as opened:
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())
    new.chmod(mode)
    new.replace(file)
