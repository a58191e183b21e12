"""`loop4s photos`: keeping the store of pictures tidy."""

import asyncio
from datetime import timedelta
from typing import Annotated

import typer

from services.reception.domain.photos import ALBUM as RECEIVED
from services.workshop.domain.sheets import ALBUM as FOUND
from shared import clock, logs
from shared.database import Database
from shared.settings import Settings, settings
from shared.topology import OPERATOR

ALBUMS = {"reception": RECEIVED, "workshop": FOUND}
ON_THEIR_WAY = timedelta(days=1)
"""No upload takes longer."""

app = typer.Typer(help="Keep the store of pictures tidy.", no_args_is_help=True)


@app.command()
def sweep(days: Annotated[int, typer.Option(min=1, help="How many days to look back.")] = 7) -> None:
    """Delete pictures that nothing names: what a process left that died in the middle of an upload."""
    logs.set_up(OPERATOR, settings())
    typer.echo(f"deleted: {asyncio.run(_all_swept(settings(), days))}")


async def _all_swept(conf: Settings, days: int) -> int:
    return sum([await swept(service, conf, days) for service in ALBUMS])


async def swept(service: str, conf: Settings, days: int) -> int:
    """How many pictures of these days were deleted that no row of the service names."""
    album, database, now = ALBUMS[service], Database.connect(service, conf), clock.now()
    try:
        async with database.hearing.begin() as session:
            return sum(
                [await album.sweep(now.date() - timedelta(days=ago), now - ON_THEIR_WAY, session) for ago in range(days + 1)]
            )
    finally:
        await database.close()
