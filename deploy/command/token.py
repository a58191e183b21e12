"""`loop4s token`: an access token of the local issuer, to try the API by hand."""

from typing import Annotated

import typer

from shared.identity import issue_token


def join(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(token)


def token(
    subject: Annotated[str, typer.Argument(help="Who acts, e.g. lin.wei.")],
    grant: Annotated[
        list[str], typer.Option(help="store=role[,role…], e.g. sh01=advisor or '*=group_manager'; may be repeated.")
    ],
    name: Annotated[str, typer.Option(help="The name that people see.")] = "",
    seconds: Annotated[int, typer.Option(min=1, max=86_400, help="How long it is valid.")] = 3600,
) -> None:
    """Print an access token (local issuer only, never in production)."""
    typer.echo(issue_token(subject, dict(map(_granted, grant)), name=name, seconds=seconds))


def _granted(text: str) -> tuple[str, list[str]]:
    store, equals, roles = text.partition("=")
    if not (store and equals and roles):
        raise typer.BadParameter(f"{text} is no grant; write store=role[,role…]")
    return store, roles.split(",")
