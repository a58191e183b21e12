"""Options and arguments that several commands share."""

from datetime import datetime
from typing import Annotated

import typer

from shared.settings import SERVICES


def one_service(name: str | None) -> str | None:
    """A known service's name, or a wrong call."""
    if name is not None and name not in SERVICES:
        raise typer.BadParameter(f"there is no service {name}; there are {', '.join(SERVICES)}")
    return name


def moment(text: str | None) -> datetime | None:
    """A moment with its time zone, or a wrong call."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no moment; write it like 2026-11-21T08:00+08:00") from None
    if at.tzinfo is None:
        raise typer.BadParameter(f"{text} has no time zone; write it like 2026-11-21T08:00+08:00")
    return at


Service = Annotated[str, typer.Argument(callback=one_service, help=f"One of {', '.join(SERVICES)}.")]
MaybeService = Annotated[str | None, typer.Argument(callback=one_service, help="All services when left out.")]
EventType = Annotated[str | None, typer.Option("--type", help="Only this event type, e.g. parts.parts_issued.v1.")]
Store = Annotated[str | None, typer.Option(help="Only this store, e.g. sh01.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")]
AsJson = Annotated[bool, typer.Option("--json", help="Answer with JSON.")]
