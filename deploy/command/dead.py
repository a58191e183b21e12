"""`loop4s dead`: what could not be heard, and what becomes of it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated

import typer

from deploy import dead
from deploy.audit import Audit
from deploy.command.options import AsJson, DryRun, EventType, MaybeService, Store
from shared import logs
from shared.settings import SERVICES, Settings, settings
from shared.topology import OPERATOR

app = typer.Typer(help="Dead letters: list, show, replay, discard.", no_args_is_help=True)

Fingerprint = Annotated[str | None, typer.Option(help="Only letters that failed in this way.")]
EventId = Annotated[str | None, typer.Option("--event", help="Only the letter of this event id.")]
Everything = Annotated[bool, typer.Option("--all", help="Needed when neither a service nor a filter is given.")]


@app.command("list")
def list_(
    service: MaybeService = None,
    fingerprint: Fingerprint = None,
    event_type: EventType = None,
    store: Store = None,
    as_json: AsJson = False,
) -> None:
    """List dead letters, grouped by their cause."""
    groups = dead.grouped(_found(_wanted(service, fingerprint, event_type, store)))
    typer.echo(dead.as_json(groups) if as_json else dead.as_lines(groups) or "no dead letters")


@app.command()
def show(
    service: MaybeService = None,
    fingerprint: Fingerprint = None,
    event_type: EventType = None,
    store: Store = None,
    event: EventId = None,
    body: Annotated[
        bool, typer.Option("--body", help="With headers and body, which may be personal; this is written down.")
    ] = False,
) -> None:
    """Show single letters as JSON."""
    wanted = _wanted(service, fingerprint, event_type, store, event)
    if not body:
        typer.echo(dead.as_json(_found(wanted)))
        return
    _log()
    for letter, headers, content in asyncio.run(dead.opened(settings(), wanted, Audit.of(settings()))):
        typer.echo(dead.as_json([letter]))
        typer.echo(json.dumps(headers, default=str, ensure_ascii=False, indent=2))
        typer.echo(content.decode(errors="backslashreplace"))


@app.command()
def replay(
    service: MaybeService = None,
    fingerprint: Fingerprint = None,
    event_type: EventType = None,
    store: Store = None,
    event: EventId = None,
    everything: Everything = False,
    dry_run: DryRun = False,
) -> None:
    """Put letters back into their service's queue, with their original event ids."""
    wanted = _meant(_wanted(service, fingerprint, event_type, store, event), everything)
    _settle(dead.replay, wanted, "replayed", dry_run)


@app.command()
def discard(
    service: MaybeService = None,
    fingerprint: Fingerprint = None,
    event_type: EventType = None,
    store: Store = None,
    event: EventId = None,
    everything: Everything = False,
    dry_run: DryRun = False,
) -> None:
    """Throw letters away for good."""
    wanted = _meant(_wanted(service, fingerprint, event_type, store, event), everything)
    _settle(dead.discard, wanted, "discarded", dry_run)


def _wanted(
    service: str | None, fingerprint: str | None, event_type: str | None, store: str | None, event: str | None = None
) -> dead.Wanted:
    return dead.Wanted((service,) if service else SERVICES, fingerprint, event_type, store, event)


def _meant(wanted: dead.Wanted, everything: bool) -> dead.Wanted:
    if wanted == dead.Wanted(SERVICES) and not everything:
        raise typer.BadParameter("say which letters: a service, a filter, or --all")
    return wanted


def _found(wanted: dead.Wanted) -> list[dead.Letter]:
    return asyncio.run(dead.found(settings(), wanted))


def _settle(
    act: Callable[[Settings, dead.Wanted, Audit], Awaitable[list[dead.Letter]]], wanted: dead.Wanted, done: str, dry_run: bool
) -> None:
    async def settled() -> list[dead.Letter]:
        return await act(settings(), wanted, Audit.of(settings()))

    _log()
    letters = _found(wanted) if dry_run else asyncio.run(settled())
    if letters:
        typer.echo(dead.as_lines(dead.grouped(letters)))
    typer.echo(f"{'would be ' if dry_run else ''}{done}: {len(letters)}")


def _log() -> None:
    logs.set_up(OPERATOR, settings())
