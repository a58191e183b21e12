"""Whether the process is alive, whether it may get traffic, and its metrics."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Literal, Protocol

import structlog
from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy import text

from shared import migrations
from shared.database import Database
from shared.service.door import public
from shared.settings import Settings

log = structlog.get_logger("health")
PROBE_TIMEOUT_S = 3
DURABLE = {"fsync": "on", "full_page_writes": "on"}
COMMITS = frozenset({"on", "remote_write", "remote_apply"})
"""Values of synchronous_commit with which an acknowledged commit survives a crash of the server."""

_STATE = text(
    "SELECT (SELECT version_num FROM alembic_version) AS revision, current_setting('fsync') AS fsync,"
    " current_setting('full_page_writes') AS full_page_writes, current_setting('synchronous_commit') AS synchronous_commit"
)


class Alive(Protocol):
    """Something with a background task."""

    @property
    def alive(self) -> bool: ...


class Readiness(BaseModel):
    """`not_ready` lists why no traffic should come; a broker that is away is no reason: facts wait in the outbox."""

    status: Literal["ready", "not_ready"]
    not_ready: list[str]
    broker: Literal["connected", "degraded"]


class Health:
    """What the probes look at; `stopping` is set when the process begins to leave."""

    def __init__(
        self, service: str, settings: Settings, database: Database, tasks: Sequence[Alive], connected: Callable[[], bool]
    ) -> None:
        self.settings, self.database, self.tasks, self.connected = settings, database, tasks, connected
        self.stopping = False
        self.head = migrations.head(service)

    def is_alive(self) -> bool:
        """Whether every background task still runs (nobody minds once the process is stopping)."""
        return self.stopping or not self.dead()

    def dead(self) -> list[str]:
        """The background tasks that ended by themselves."""
        return [type(task).__name__ for task in self.tasks if not task.alive]

    async def readiness(self) -> Readiness:
        reasons = ["stopping"] if self.stopping else await self._database()
        return Readiness(
            status="not_ready" if reasons else "ready",
            not_ready=reasons,
            broker="connected" if self.connected() else "degraded",
        )

    async def _database(self) -> list[str]:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S), self.database.hearing() as session:
                state = (await session.execute(_STATE)).one()._mapping
        except Exception as error:
            log.warning("database not usable", error=type(error).__name__)
            return ["database"]
        reasons = [] if state["revision"] == self.head else ["migrations"]
        if not self.settings.allow_unsafe_durability:
            reasons += [f"durability: {name}" for name, wanted in DURABLE.items() if state[name] != wanted]
            reasons += [] if state["synchronous_commit"] in COMMITS else ["durability: synchronous_commit"]
        return reasons


def probes(health: Callable[[], Health]) -> APIRouter:
    """The three routes for the platform, open to whoever reaches the port."""
    router = APIRouter(include_in_schema=False, dependencies=[public("probes of the platform")])

    @router.get("/livez")
    async def livez() -> Response:
        alive = health().is_alive()
        return Response("alive\n" if alive else "a background task died\n", 200 if alive else 503, media_type="text/plain")

    @router.get("/readyz")
    async def readyz() -> Response:
        readiness = await health().readiness()
        return Response(readiness.model_dump_json(), 200 if readiness.status == "ready" else 503, media_type="application/json")

    @router.get("/metrics")
    async def metrics() -> Response:
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router
