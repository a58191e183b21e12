"""`loop4s events`: the published language."""

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy import contracts
from deploy.contracts.asyncapi import asyncapi as described
from deploy.contracts.schemas import meaning, message_schema
from deploy.hears import all_hears
from shared.events import catalogue

app = typer.Typer(help="The facts that services say: list, schema, AsyncAPI, documents.", no_args_is_help=True)


@app.command("list")
def list_() -> None:
    """List every fact with those who hear it."""
    heard = {service: set(kinds) for service, kinds in all_hears().items()}
    for type_, kind in catalogue().items():
        hearers = ", ".join(service for service, kinds in heard.items() if kind in kinds)
        typer.echo(f"{type_:<38} {'personal' if kind.personal else '':<9} -> {hearers}\n    {meaning(kind)}")


@app.command()
def schema(event_type: Annotated[str, typer.Argument(help="E.g. parts.parts_issued.v1.")]) -> None:
    """Print the JSON Schema of one fact, headers and body."""
    kind = catalogue().get(event_type)
    if kind is None:
        raise typer.BadParameter(f"there is no fact {event_type} (loop4s events list)")
    typer.echo(json.dumps(message_schema(kind), ensure_ascii=False, indent=2))


@app.command()
def asyncapi() -> None:
    """Print the AsyncAPI 3 document."""
    typer.echo(json.dumps(described(catalogue(), all_hears()), ensure_ascii=False, indent=2))


@app.command()
def write(folder: Annotated[Path, typer.Argument(help="Where to.")] = contracts.FOLDER) -> None:
    """Write schemas, AsyncAPI document and event map; refuses to break a published fact."""
    for file in contracts.write(all_hears(), folder):
        typer.echo(file)
