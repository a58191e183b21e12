"""What changed is carried to every process of the console, whatever happens to the database sessions that carry it."""

import asyncio

import asyncpg

from services.console.live.changes import Changes
from shared.database import Database, new_id
from tests.stack import Stack


async def test_sessions_that_break_again_and_again_end_nothing(database: Database, stack: Stack) -> None:
    """Its session is ended while it speaks, thirty times over: it connects anew and goes on carrying."""
    heard: list[object] = []
    changes = Changes(database, stack.settings, lambda cars: heard.append(None) if cars is None else heard.extend(cars))
    carrying = asyncio.create_task(changes.run())
    admin = await asyncpg.connect(stack.settings.postgres_url(stack.settings.postgres_admin, "postgres"))
    ended = 0
    async with asyncio.timeout(60):
        while ended < 30:
            changes.tell({new_id() for _ in range(3_000)})
            ended += await admin.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = $1 AND application_name = 'loop4s:console:changes'",
                stack.settings.database("console"),
            )
            assert not carrying.done(), carrying.exception()
            await asyncio.sleep(0.02)
        last = new_id()
        changes.tell({last})
        while last not in heard:
            await asyncio.sleep(0.05)
    carrying.cancel()
    await asyncio.gather(carrying, return_exceptions=True)
    await admin.close()
