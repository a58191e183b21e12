"""Real PostgreSQL and RabbitMQ for the tests, shared by many sessions without collisions.

Whose servers: the ones named by `LOOP4S_TEST_POSTGRES` (postgresql://user:password@host:port) and `LOOP4S_TEST_BROKER`
(amqp://user:password@host:port/, with `LOOP4S_TEST_BROKER_MANAGEMENT`, an http URL); else containers where a Docker engine
answers; else private servers.  `python -m tests.stack` keeps private ones running and prints those variables.
"""

import asyncio
import json
import os
import secrets
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
import httpx

from deploy.local import PrivatePostgres, PrivateRabbitMQ, throwaway_folder
from shared.identity import make_signing_key
from shared.settings import NEIGHBOURS, SERVICES, Settings, settings, stores
from tests import containers

STORES = [
    {"code": "sh01", "name_zh": "上海浦东店", "name_en": "Shanghai Pudong", "time_zone": "Asia/Shanghai"},
    {"code": "sh02", "name_zh": "上海虹桥店", "name_en": "Shanghai Hongqiao", "time_zone": "Asia/Shanghai"},
    {"code": "hz01", "name_zh": "杭州西湖店", "name_en": "Hangzhou Xihu", "time_zone": "Asia/Shanghai"},
    {"code": "ny01", "name_zh": "纽约店", "name_en": "New York", "time_zone": "America/New_York"},
]
BROKER_USERS = (*SERVICES, *NEIGHBOURS, "operator", "monitoring")


@dataclass(frozen=True)
class Servers:
    """A PostgreSQL and a RabbitMQ with their administrators."""

    origin: str
    postgres: str
    """postgresql://user:password@host:port"""
    broker: str
    """amqp://user:password@host:port/"""
    management: str
    """http://host:port"""

    def exports(self) -> list[str]:
        """Shell lines that point other sessions at these servers."""
        return [
            f"export LOOP4S_TEST_POSTGRES={self.postgres}",
            f"export LOOP4S_TEST_BROKER={self.broker}",
            f"export LOOP4S_TEST_BROKER_MANAGEMENT={self.management}",
        ]


@dataclass(frozen=True)
class Stack:
    """One test session's part of the servers: databases named with its own prefix, a virtual host of its own."""

    servers: Servers
    settings: Settings
    environment: dict[str, str]
    """`LOOP4S_…` for child processes; this process has them too."""
    folder: Path
    """The session's own, with `secrets/` and `stores.json`."""

    @property
    def management_auth(self) -> tuple[str, str]:
        """User and password of the broker's administrator."""
        return _user(self.servers.broker)


@asynccontextmanager
async def servers_for_tests() -> AsyncIterator[Servers]:
    """Given servers, containers or private servers, in this order."""
    if (postgres := os.environ.get("LOOP4S_TEST_POSTGRES")) and (broker := os.environ.get("LOOP4S_TEST_BROKER")):
        management = os.environ.get("LOOP4S_TEST_BROKER_MANAGEMENT", f"http://{urlsplit(broker).hostname}:15672")
        yield Servers("given", postgres.rstrip("/"), broker, management)
    elif await asyncio.to_thread(containers.engine_answers):
        async with containers.running() as (postgres, broker, management):
            yield Servers("containers", postgres, broker, management)
    else:
        async with private_servers() as servers:
            yield servers


@asynccontextmanager
async def private_servers() -> AsyncIterator[Servers]:
    """Private servers with data that is thrown away."""
    with throwaway_folder() as folder:
        postgres = PrivatePostgres(folder / "postgres", durable=False, max_connections=600)
        broker = PrivateRabbitMQ(folder / "rabbitmq")
        try:
            await postgres.start()
            await broker.start()
            yield Servers("private", postgres.url("").rstrip("/"), broker.url(), broker.management_url)
        finally:
            await broker.kill()
            await broker.stop()
            await postgres.stop()


@asynccontextmanager
async def session(servers: Servers, folder: Path) -> AsyncIterator[Stack]:
    """A stack of its own on these servers; `settings()` and `stores()` of this process answer for it meanwhile."""
    name = f"t{secrets.token_hex(4)}"
    environment = _environment(servers, folder, name)
    before = {key: os.environ.get(key) for key in environment}
    os.environ.update(environment)
    _forget()
    async with _vhost(servers, name):
        try:
            yield Stack(servers, settings(), environment, folder)
        finally:
            for key, value in before.items():
                os.environ.pop(key)
                if value is not None:
                    os.environ[key] = value
            _forget()
            await _drop_databases(servers, f"{name}_")


def _forget() -> None:
    settings.cache_clear()
    stores.cache_clear()


def _environment(servers: Servers, folder: Path, name: str) -> dict[str, str]:
    postgres, broker = urlsplit(servers.postgres), urlsplit(servers.broker)
    postgres_admin, postgres_password = _user(servers.postgres)
    broker_admin, broker_password = _user(servers.broker)
    secrets_folder = folder / "secrets"
    secrets_folder.mkdir(mode=0o700)
    # Roles and broker users belong to the whole server: every session that shares it must know the same passwords.
    known = {f"database_{role}": f"test-{role}" for service in SERVICES for role in (service, f"{service}_owner")}
    known |= {f"broker_{user}": f"test-{user}" for user in BROKER_USERS}
    known |= {f"database_{postgres_admin}": postgres_password, f"broker_{broker_admin}": broker_password}
    for secret, value in known.items():
        (secrets_folder / secret).write_text(value)
    (folder / "stores.json").write_text(json.dumps(STORES))
    return {
        "LOOP4S_ENV": "local",
        "LOOP4S_POSTGRES": f"{postgres.hostname}:{postgres.port or 5432}",
        "LOOP4S_POSTGRES_ADMIN": postgres_admin,
        "LOOP4S_DATABASE_PREFIX": f"{name}_",
        "LOOP4S_BROKER": f"amqp://{broker.hostname}:{broker.port or 5672}/{name}",
        "LOOP4S_BROKER_MANAGEMENT": servers.management,
        "LOOP4S_BROKER_ADMIN": broker_admin,
        "LOOP4S_SECRETS_FOLDER": str(secrets_folder),
        "LOOP4S_STORES_FILE": str(folder / "stores.json"),
        "LOOP4S_TOKEN_KEYS": str(make_signing_key(secrets_folder)),
        "LOOP4S_BLOBS": str(folder / "blobs"),
        "LOOP4S_LADDER_MS": "[100,200,400]",
        "LOOP4S_ALLOW_UNSAFE_DURABILITY": "true",
    }


def _user(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return unquote(parts.username or ""), unquote(parts.password or "")


@asynccontextmanager
async def _vhost(servers: Servers, name: str) -> AsyncIterator[None]:
    admin, password = _user(servers.broker)
    everything = {"configure": ".*", "write": ".*", "read": ".*"}
    async with httpx.AsyncClient(base_url=servers.management, auth=(admin, password), timeout=30) as management:
        (await management.put(f"/api/vhosts/{name}")).raise_for_status()
        (await management.put(f"/api/permissions/{name}/{admin}", json=everything)).raise_for_status()
        try:
            yield
        finally:
            await management.delete(f"/api/vhosts/{name}")


async def _drop_databases(servers: Servers, prefix: str) -> None:
    admin = await asyncpg.connect(f"{servers.postgres}/postgres", timeout=30)
    try:
        for row in await admin.fetch("SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix):
            await admin.execute(f'DROP DATABASE IF EXISTS "{row["datname"]}" WITH (FORCE)')
    finally:
        await admin.close()


async def _keep_running() -> None:
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with private_servers() as servers:
        print("\n".join(servers.exports()), flush=True)
        print("Ctrl-C ends them.", file=sys.stderr, flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_keep_running())
