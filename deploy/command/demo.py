"""`loop4s demo`: the whole loop with real cars' stories, on private servers or on an installation that runs."""

import asyncio
import json
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from deploy.demo import drive
from shared.settings import SERVICES, MissingSetting


def join(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(demo)


def demo(
    cars: Annotated[int, typer.Option(min=1, max=2_000, help="How many cars.")] = 30,
    stores: Annotated[int, typer.Option(min=1, max=5, help="How many stores.")] = 3,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    exit: Annotated[bool, typer.Option("--exit", help="Stop when all cars are through; the exit code tells.")] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of the servers; thrown away with --exit when left out.")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option(help="Send the cars through services that run, e.g. 'http://{service}:8000'; their settings count."),
    ] = None,
) -> None:
    """Show the whole loop on real RabbitMQ and PostgreSQL, started privately; the last line is one JSON object."""
    if at is not None:
        good = asyncio.run(_attached(_urls(at), cars, seed))
    elif find_spec("psutil") is None:
        raise MissingSetting(
            "private servers need more packages: pip install 'loop4s[local]', or name running services by --at"
        )
    else:
        from deploy.demo import privately

        good = privately.show(data, cars, stores, seed, stay=not exit)
    raise typer.Exit(0 if good else 1)


async def _attached(urls: dict[str, str], cars: int, seed: int) -> bool:
    outcome = await drive(urls, cars, seed, monotonic(), partial(typer.echo, err=True))
    typer.echo(json.dumps(outcome.summary))
    return outcome.good


def _urls(at: str) -> dict[str, str]:
    if "{service}" not in at:
        raise typer.BadParameter("--at needs {service} where the service's name belongs")
    return {service: at.replace("{service}", service) for service in SERVICES}
