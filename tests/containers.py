"""PostgreSQL and RabbitMQ in containers, where a Docker engine answers."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from urllib.parse import urlsplit

import asyncpg
import docker
import docker.errors
import httpx
from testcontainers.core.config import ConnectionMode, testcontainers_config
from testcontainers.core.container import DockerContainer

POSTGRES = "postgres:17"
RABBITMQ = "rabbitmq:4-management"
_USER, _PASSWORD = "loop4s_admin", "test-loop4s_admin"


def engine_answers() -> bool:
    """Is there an engine that has, or can get, the images?"""
    try:
        engine = docker.from_env(timeout=120)
        engine.ping()
    except (docker.errors.DockerException, OSError):
        return False
    if missing := [image for image in (POSTGRES, RABBITMQ) if not _has(engine, image)]:
        print(f"no containers: the Docker engine cannot get {' and '.join(missing)}", file=sys.stderr)
        return False
    # Its reaper removes the containers of a killed test run; where its image cannot be had, we end them without that net.
    testcontainers_config.ryuk_disabled = testcontainers_config.ryuk_disabled or not _has(
        engine, testcontainers_config.ryuk_image
    )
    return True


def _has(engine: docker.DockerClient, image: str) -> bool:
    try:
        engine.images.get(image)
    except docker.errors.ImageNotFound:
        try:
            engine.images.pull(image)
        except docker.errors.APIError:
            return False
    return True


@asynccontextmanager
async def running() -> AsyncIterator[tuple[str, str, str]]:
    """URLs of the two containers: PostgreSQL, AMQP, management."""
    testcontainers_config.connection_mode_override = ConnectionMode.docker_host
    postgres = DockerContainer(POSTGRES).with_exposed_ports(5432).with_env("POSTGRES_PASSWORD", _PASSWORD)
    postgres.with_env("POSTGRES_USER", _USER).with_command("postgres -c max_connections=200 -c fsync=off")
    broker = DockerContainer(RABBITMQ).with_exposed_ports(5672, 15672)
    broker.with_env("RABBITMQ_DEFAULT_USER", _USER).with_env("RABBITMQ_DEFAULT_PASS", _PASSWORD)
    async with AsyncExitStack() as ending:
        for container in (postgres, broker):
            ending.push_async_callback(asyncio.to_thread, container.stop)
            await asyncio.to_thread(container.start)
        login, host = f"{_USER}:{_PASSWORD}", urlsplit(os.environ.get("DOCKER_HOST", "")).hostname or "127.0.0.1"
        postgres_url = f"postgresql://{login}@{host}:{postgres.get_exposed_port(5432)}"
        management = f"http://{host}:{broker.get_exposed_port(15672)}"
        await _answers(lambda: _ask_postgres(postgres_url), "PostgreSQL")
        await _answers(lambda: _ask_broker(management), "RabbitMQ")
        yield postgres_url, f"amqp://{login}@{host}:{broker.get_exposed_port(5672)}/", management


async def _answers(ask: Callable[[], Awaitable[None]], name: str, seconds: float = 90) -> None:
    end = time.monotonic() + seconds
    while True:
        try:
            return await ask()
        except (OSError, asyncpg.PostgresError, httpx.HTTPError) as error:
            if time.monotonic() > end:
                raise TimeoutError(f"{name} in its container does not answer after {seconds:.0f} s") from error
            await asyncio.sleep(0.2)


async def _ask_postgres(url: str) -> None:
    connection = await asyncpg.connect(f"{url}/postgres", timeout=5)
    await connection.close()


async def _ask_broker(management: str) -> None:
    async with httpx.AsyncClient(auth=(_USER, _PASSWORD), timeout=5) as client:
        (await client.get(f"{management}/api/health/checks/local-alarms")).raise_for_status()
