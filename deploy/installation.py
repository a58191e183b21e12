"""A whole Loop4S on one machine: private servers, secrets, databases, topology, and the six services as processes."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import httpx

from deploy.hears import all_hears
from deploy.local import PrivatePostgres, PrivateRabbitMQ, ServerFailed
from deploy.local.ports import HOST, ports_of
from deploy.local.processes import Child, say_on_stderr
from deploy.secrets import make
from shared.migrations import migrate
from shared.settings import SERVICES, Settings, settings, stores
from shared.topology import topology_of
from shared.topology.management import apply, management

Say = Callable[[str], None]
STORES = json.loads(resources.files("deploy").joinpath("stores.json").read_text())
"""Some stores to begin with; an operator names others in a file of the same form."""
READY_S = 90


@dataclass
class Services:
    """The six services as child processes of one environment; each keeps its port over restarts."""

    environment: Mapping[str, str]
    folder: Path
    ports: dict[str, int] = field(default_factory=dict)
    running: dict[str, Child] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ports = ports_of(self.folder, *SERVICES)

    def url(self, service: str) -> str:
        """Base URL of one service."""
        return f"http://{HOST}:{self.ports[service]}"

    @property
    def urls(self) -> dict[str, str]:
        return {service: self.url(service) for service in SERVICES}

    def launch(self, service: str) -> None:
        """Start one process, without waiting for it."""
        self.running[service] = Child(
            [sys.executable, "-m", "deploy.command", "serve", service],
            environment={**os.environ, **self.environment, "LOOP4S_HTTP_PORT": str(self.ports[service])},
            log=self.folder / f"{service}.log",
            ends_by=signal.SIGTERM,
        )

    async def start(self, say: Say, only: Iterable[str] = SERVICES) -> None:
        """Start and wait until all are ready; ServerFailed with the end of the log when one is not."""
        chosen = tuple(only)
        for service in chosen:
            self.launch(service)
        async with httpx.AsyncClient(timeout=5) as client:
            for service in chosen:
                await self._ready(client, service)
                say(f"{service}: ready on {self.url(service)}")

    async def _ready(self, client: httpx.AsyncClient, service: str) -> None:
        child = self.running[service]
        end = asyncio.get_running_loop().time() + READY_S
        while asyncio.get_running_loop().time() < end and child.running:
            with suppress(httpx.HTTPError):
                if (await client.get(f"{self.url(service)}/readyz")).is_success:
                    return
            await asyncio.sleep(0.1)
        raise ServerFailed(f"{service} is not ready; the end of {child.log}:\n{child.said()[-2000:]}")

    async def stop(self) -> None:
        """Ask all to finish what they have begun, and wait."""
        await asyncio.gather(*(child.stop(grace=40) for child in self.running.values()))
        self.running.clear()


@dataclass
class Installation:
    """Private servers and all services in one folder.  Nothing outlives `stop`, nothing is written outside the folder."""

    folder: Path
    store_count: int = 3
    changes: Mapping[str, str] = field(default_factory=dict)
    """Settings that differ from the defaults, as `LOOP4S_…`."""
    say: Say = say_on_stderr
    durable: bool = True

    def __post_init__(self) -> None:
        self.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        self.postgres = PrivatePostgres(self.folder / "postgres", say=self.say, durable=self.durable)
        self.broker = PrivateRabbitMQ(self.folder / "rabbitmq", say=self.say)
        self.environment: dict[str, str] = {}
        self.services: Services

    async def start(self) -> None:
        """Servers, databases, topology, services; progress is said line by line."""
        await asyncio.gather(self.postgres.start(), self.broker.start())
        self.environment = environment_of(self.folder, self.postgres, self.broker, self.store_count) | dict(self.changes)
        speak_for(self.environment)
        await prepare(settings(), self.say)
        self.services = Services(self.environment, self.folder / "services")
        await self.services.start(self.say)

    async def stop(self) -> None:
        """In order: services, broker, database."""
        self.say("stopping")
        if hasattr(self, "services"):
            await self.services.stop()
        await asyncio.gather(self.broker.stop(), self.postgres.stop())


@asynccontextmanager
async def installed(installation: Installation) -> AsyncIterator[Installation]:
    """The installation, started, and stopped at the end whatever happens."""
    try:
        await installation.start()
        yield installation
    finally:
        await installation.stop()


async def prepare(conf: Settings, say: Say) -> None:
    """Bring databases and broker to this release."""

    async def broker() -> None:
        async with management(conf) as admin:
            await apply(topology_of(all_hears(), conf), admin)
        say("RabbitMQ: queues, policies and users stand")

    async def databases() -> None:
        for service in SERVICES:
            await migrate(service, conf)
        say("PostgreSQL: six databases stand")

    await asyncio.gather(broker(), databases())


def speak_for(environment: Mapping[str, str]) -> None:
    """Let `settings()` and `stores()` of this process answer for that environment."""
    os.environ.update(environment)
    settings.cache_clear()
    stores.cache_clear()


def environment_of(folder: Path, postgres: PrivatePostgres, broker: PrivateRabbitMQ, store_count: int) -> dict[str, str]:
    """Secrets, keys, users and stores in the folder, made when missing, and the settings that lead to them."""
    vault = folder / "secrets"
    admins = {f"database_{postgres.admin}": postgres.password, f"broker_{broker.admin}": broker.password}
    public_keys = make(vault, admins)
    chosen = folder / "stores.json"
    chosen.write_text(json.dumps(STORES[:store_count], ensure_ascii=False))
    return {
        "LOOP4S_ENV": "local",
        "LOOP4S_POSTGRES": f"{postgres.host}:{postgres.port}",
        "LOOP4S_POSTGRES_ADMIN": postgres.admin,
        "LOOP4S_BROKER": f"amqp://{broker.host}:{broker.port}/loop4s",
        "LOOP4S_BROKER_MANAGEMENT": broker.management_url,
        "LOOP4S_BROKER_ADMIN": broker.admin,
        "LOOP4S_SECRETS_FOLDER": str(vault),
        "LOOP4S_STORES_FILE": str(chosen),
        "LOOP4S_TOKEN_KEYS": str(public_keys),
        "LOOP4S_BLOBS": str(folder / "blobs"),
        "LOOP4S_DEMO_DATA": str(folder),
    }
