"""What must be there before anybody comes: partitions for the months ahead, and the users that the installation names."""

import asyncio
import contextlib
from collections.abc import Sequence

import structlog
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import text

from services.console.commands import KeepUser
from services.console.handlers.users import keep_user
from shared.database import Database
from shared.settings import MissingSetting, Settings

log = structlog.get_logger("upkeep")
EVERY_S = 3600.0
AGAIN_S = 5.0


class BadUsers(Exception):
    """The secret console_users cannot be read; the text says where it does not fit, without what it holds."""


class Upkeep:
    """Background work: once at the start, then every hour."""

    def __init__(self, app: FastAPI, database: Database, settings: Settings) -> None:
        self.database, self.settings = database, settings
        self._task: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        return self._task is None or not self._task.done()

    async def start(self) -> None:
        """BadUsers when the secret console_users is there and cannot be read."""
        self._task = asyncio.create_task(self._run(named_users(self.settings)), name="upkeep:console")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self, users: list[KeepUser]) -> None:
        while True:
            try:
                async with self.database.hearing.begin() as session:
                    await session.execute(text("SELECT keep_fact_partitions()"))
                await make_users(self.database, users)
                users = []
            except Exception as error:
                log.warning("upkeep waits", error=type(error).__name__)
                await asyncio.sleep(AGAIN_S)
            else:
                await asyncio.sleep(EVERY_S)


def named_users(settings: Settings) -> list[KeepUser]:
    """The users in the secret console_users: JSON [{"name": …, "password": …, "grants": {"sh01": ["advisor"]}}, …].

    None without the secret.  BadUsers.
    """
    try:
        secret = settings.secret("console", "users")
    except MissingSetting:
        return []
    try:
        return TypeAdapter(list[KeepUser]).validate_json(secret)
    except ValidationError as error:
        places = {".".join(map(str, found["loc"])): found["type"] for found in error.errors(include_input=False)}
        raise BadUsers(f"the secret console_users does not fit: {places}") from None


async def make_users(database: Database, users: Sequence[KeepUser]) -> None:
    """Make these users, or bring them to these passwords and grants."""
    for user in users:
        async with database.hearing.begin() as session:
            await keep_user(user, session)
