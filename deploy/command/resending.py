"""`loop4s resend`: say facts again to a service that lost them."""

import asyncio
from typing import Annotated

import typer

from deploy import resending
from deploy.audit import Audit
from deploy.command.options import DryRun, EventType, Service, Store, moment, one_service
from deploy.hears import all_hears
from shared import logs
from shared.settings import settings
from shared.topology import OPERATOR


def join(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(resend)


def resend(
    speaker: Service,
    to: Annotated[str, typer.Option(callback=one_service, help="The service that hears them again, and no other.")],
    since: Annotated[str, typer.Option(help="The first moment, e.g. 2026-11-21T08:00+08:00.")],
    until: Annotated[str | None, typer.Option(help="The end, not included; now when left out.")] = None,
    event_type: EventType = None,
    store: Store = None,
    dry_run: DryRun = False,
) -> None:
    """Say facts again, from the journal of the service that said them; the hearer skips those that it knows."""
    first = moment(since)
    assert first is not None
    heard = [kind.type for kind in all_hears()[to]]
    try:
        asked = resending.asked(speaker, to, heard, first, moment(until), event_type, store)
    except ValueError as wrong:
        raise typer.BadParameter(str(wrong)) from wrong
    logs.set_up(OPERATOR, settings())
    if dry_run:
        typer.echo(f"would be resent: {asyncio.run(resending.count(settings(), asked))}")
    else:
        typer.echo(f"resent: {asyncio.run(resending.resend(settings(), asked, Audit.of(settings())))}")
