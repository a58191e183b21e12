"""Commands that run and look after services: serve, migrate, health, doctor."""

import asyncio
from importlib import import_module

import httpx
import typer
import uvloop

from deploy import doctor
from deploy.command.options import MaybeService, Service
from shared.migrations import migrate as bring_up_to_date
from shared.service import serving
from shared.settings import SERVICES, settings

EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared with, not bound


class Down(Exception):
    """The service does not live."""


def join(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    for command in (serve, migrate, health):
        app.command()(command)
    app.command("doctor")(examine)


def serve(service: Service) -> None:
    """Run one service until it is told to stop (SIGTERM, Ctrl-C)."""
    app = import_module(f"services.{service}.app").app
    uvloop.run(serving.serve(app, settings()))


def migrate(service: MaybeService = None) -> None:
    """Bring the database of one service, or of all, to this release; safe to repeat."""

    async def all_of(services: tuple[str, ...]) -> None:
        for each in services:
            typer.echo(f"{each}: {await bring_up_to_date(each, settings())}")

    asyncio.run(all_of((service,) if service else SERVICES))


def health() -> None:
    """Ask the service on this machine's LOOP4S_HTTP_PORT whether it lives; exit 1 when it does not."""
    host = "127.0.0.1" if settings().http_host in EVERYWHERE else settings().http_host
    url = f"http://{host}:{settings().http_port}/livez"
    try:
        answer = httpx.get(url, timeout=3)
    except httpx.HTTPError as error:
        raise Down(f"{url} does not answer: {error}") from error
    if not answer.is_success:
        raise Down(f"{url} answers {answer.status_code}")


def examine() -> None:
    """Say what is missing to run Loop4S here, and how to get it; exit 1 when something is."""
    findings = list(doctor.findings())
    for found in findings:
        typer.echo(f"{'ok     ' if found.well else 'MISSING'}  {found.what}" + ("" if found.well else f": {found.remedy}"))
    if not all(found.well for found in findings):
        raise typer.Exit(1)
