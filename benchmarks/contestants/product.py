"""The product: `benchmarks.hop_service` behind the real inbox, outbox and relay, as any service of the loop runs."""

import asyncio
import os
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from benchmarks import hop_service
from benchmarks.hop import Bench
from benchmarks.hop_service.inbox import HEARS
from shared import logs, telemetry
from shared.database import Database
from shared.inbox import Hearing
from shared.relay import Relay
from shared.service.serving import collect_rarely
from shared.settings import Settings

SERVICE = "hop"
PASSWORD = "bench"
FOLDER = Path(hop_service.__file__).parent


class HopSettings(Settings):
    """Settings of the hop: the service's own database role, the bench's administrator at the broker."""

    broker_address: str

    def broker_url(self, user: str) -> str:
        return self.broker_address


async def prepare(postgres: str) -> None:
    """Make the service's role and tables in this empty database, as an administrator."""
    admin = await asyncpg.connect(postgres)
    try:
        if not await admin.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", SERVICE):
            await admin.execute(f"CREATE ROLE {SERVICE} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD '{PASSWORD}'")
    finally:
        await admin.close()
    engine = create_async_engine(postgres.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(_upgrade)


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER / "migrations"))
    config.attributes.update(service=SERVICE, connection=connection)
    command.upgrade(config, "head")


async def run(bench: Bench) -> None:
    """Do hops until cancelled."""
    address = urlsplit(bench.postgres)
    os.environ |= {"LOOP4S_STORES_FILE": str(FOLDER / "stores.json"), f"LOOP4S_SECRET_DATABASE_{SERVICE.upper()}": PASSWORD}
    settings = HopSettings(
        postgres=f"{address.hostname}:{address.port}",
        database_prefix=address.path.removeprefix("/").removesuffix(SERVICE),
        broker_address=bench.broker,
        batch=bench.batch,
    )
    logs.set_up(SERVICE, settings)
    telemetry.set_up(SERVICE, settings)
    collect_rarely()
    relay = Relay(SERVICE, settings)
    database = Database.connect(SERVICE, settings, outlet=relay.feed)
    hearing = Hearing(SERVICE, HEARS, database, relay, settings)
    await relay.start()
    await hearing.start()
    try:
        await asyncio.Event().wait()
    finally:
        await hearing.stop()
        await relay.stop()
        await database.close()
