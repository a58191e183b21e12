"""`loop4s topology`: show, apply, check and export the broker's shape."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from deploy.hears import all_hears
from shared.settings import settings
from shared.topology import Topology, drawn, topology_of
from shared.topology import management as broker

app = typer.Typer(
    help="The broker's exchanges, queues, policies, bindings and users, made from what the services hear.", no_args_is_help=True
)


@app.command()
def show(
    mermaid: Annotated[bool, typer.Option("--mermaid", help="Draw who hears whom as a Mermaid flowchart.")] = False,
) -> None:
    """Print the topology that should stand; asks no broker."""
    typer.echo(drawn.as_mermaid(all_hears()) if mermaid else drawn.as_lines(_wanted()))


@app.command()
def apply() -> None:
    """Bring the broker to the topology; repeating it changes nothing.  Exit 1 when something is left for a person."""
    for line in _asked(broker.apply):
        typer.echo(f"mended: {line}")
    _tell(_asked(broker.check))


@app.command()
def check() -> None:
    """Say where the broker differs from the topology; exit 1 when it does."""
    _tell(_asked(broker.check))


@app.command()
def export(users: Annotated[bool, typer.Option("--users", help="With users and their hashed passwords.")] = False) -> None:
    """Print the topology as RabbitMQ's definitions document."""
    password = (lambda user: settings().secret("broker", user)) if users else None
    typer.echo(json.dumps(drawn.as_definitions(_wanted(), password), indent=2))


def _wanted() -> Topology:
    return topology_of(all_hears(), settings())


def _asked(question: Callable[[Topology, broker.Management], Awaitable[list[str]]]) -> list[str]:
    async def ask() -> list[str]:
        async with broker.management(settings()) as client:
            return await question(_wanted(), client)

    return asyncio.run(ask())


def _tell(differences: list[str]) -> None:
    for line in differences:
        typer.echo(line)
    if differences:
        raise typer.Exit(1)
