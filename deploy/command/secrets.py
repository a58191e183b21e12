"""`loop4s secrets`: the passwords and keys of an installation, made on the spot; there is no default password."""

import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.secrets import ADMIN, deal
from deploy.secrets import make as make_all
from shared.settings import settings

app = typer.Typer(help="Secrets: make them, show the console's first users.", no_args_is_help=True)


@app.command()
def make(folder: Annotated[Path, typer.Argument(help="Where to; a folder per process and server comes to be in it.")]) -> None:
    """Make what is missing in FOLDER/admin and deal it out to a folder per process; repeating it changes nothing."""
    conf = settings()
    make_all(folder / ADMIN, {f"database_{conf.postgres_admin}": None, f"broker_{conf.broker_admin}": None})
    deal(folder, conf)


@app.command()
def users() -> None:
    """Print the console's first users with their passwords."""
    for user in json.loads(settings().secret("console", "users")):
        typer.echo(f"{user['name']:<12} {user['password']:<16} {json.dumps(user['grants'])}")
