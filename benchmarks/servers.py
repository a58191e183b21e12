"""The servers of a run: a private, durable PostgreSQL and RabbitMQ, or named ones (whose processor time cannot be seen)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg

from deploy.local import PrivatePostgres, PrivateRabbitMQ, throwaway_folder

DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True, slots=True)
class Servers:
    """Administrators' addresses, and the servers' process ids where they are ours."""

    postgres: str
    broker: str
    postgres_pid: int | None = None
    broker_pid: int | None = None

    def database(self, name: str) -> str:
        """The address of one database of the server."""
        return urlsplit(self.postgres)._replace(path=f"/{name}").geturl()

    async def durable(self) -> bool:
        """Does PostgreSQL keep what it committed when the power fails?"""
        connection = await asyncpg.connect(self.postgres)
        try:
            return all([await connection.fetchval(f"SHOW {setting}") == "on" for setting in DURABILITY])
        finally:
            await connection.close()


@asynccontextmanager
async def private_servers() -> AsyncIterator[Servers]:
    """Both servers on loopback in a folder of their own, gone afterwards."""
    with throwaway_folder() as folder:
        async with PrivatePostgres(folder / "postgres") as postgres, PrivateRabbitMQ(folder / "rabbitmq") as broker:
            yield Servers(postgres.url(), broker.url(), postgres.pid, broker.pid)
