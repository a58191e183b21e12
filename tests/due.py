"""Due work in tests: done here or by the started service itself, whichever comes first."""

import asyncio
from collections.abc import Sequence

from sqlalchemy import select

from shared import clock
from shared.database import Database
from shared.schedule import DueWork, Schedule
from shared.settings import settings
from tests.shared.turnstile import until


def named(works: Sequence[DueWork], *names: str) -> list[DueWork]:
    """Those of a service's due works, by name."""
    found = {work.name: work for work in works}
    return [found[name] for name in names]


async def nothing_is_due(service: str, database: Database, works: Sequence[DueWork], *, schedules: int = 1) -> None:
    """Wait until all that has fallen due by now is done, also what the started service has in hand; by so many at once."""
    looking = [Schedule(service, works, database, settings()) for _ in range(schedules)]

    async def done() -> bool:
        await asyncio.gather(*(each.pass_over(work) for each in looking for work in works))
        async with database.hearing() as session:
            due = [select(work.model).where(work.at <= clock.now(), work.waiting()).exists() for work in works]
            return not any((await session.execute(select(*due))).one())

    await until(done)
