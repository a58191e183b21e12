"""The demonstration on servers and services of its own."""

import asyncio
import json
from pathlib import Path
from time import monotonic

import typer

from deploy.demo import SHORT_WAITS, drive
from deploy.installation import Installation, installed
from deploy.local import default_folder, throwaway_folder
from deploy.local.processes import say_on_stderr
from deploy.up import tell, until_told_to_stop


def show(data: Path | None, cars: int, stores: int, seed: int, *, stay: bool) -> bool:
    """Start everything, send the cars, stop everything; whether all is well.  Without `stay` and a folder nothing is kept."""
    if data is None and not stay:
        with throwaway_folder() as folder:
            return asyncio.run(_show(folder, cars, stores, seed, stay=False))
    folder = (data or default_folder(say_on_stderr)).absolute()
    return asyncio.run(_show(folder, cars, stores, seed, stay=stay))


async def _show(folder: Path, cars: int, stores: int, seed: int, *, stay: bool) -> bool:
    began = monotonic()
    async with installed(Installation(folder, stores, SHORT_WAITS)) as running:
        outcome = await drive(running.services.urls, cars, seed, began, say_on_stderr)
        typer.echo(json.dumps(outcome.summary))
        if stay:
            tell(running, say_on_stderr)
            await until_told_to_stop()
    return outcome.good
