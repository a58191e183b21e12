"""The queues of all services, for whoever keeps the system running."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from services.console import access
from services.console.live import Listener
from services.console.live.frames import flat_depths
from services.console.pages.streams import stream
from services.console.rendering import page
from services.console.texts import language_of
from shared.service import Door, allows
from shared.settings import SERVICES

router = APIRouter(dependencies=[Depends(access.by_session)])


@router.get("/queues")
async def queues(request: Request, door: Annotated[Door, allows("console.queues")]) -> Response:
    return page(
        request,
        "queues/queues.html",
        language=language_of(request, request.state.user.language),
        user=door.caller.name,
        pages=access.pages_of(door.caller),
        services=SERVICES,
        depths=flat_depths(request.app.state.board.depths.now),
    )


@router.get("/queues/events")
async def queue_events(request: Request, door: Annotated[Door, allows("console.queues")]) -> Response:
    """Changed queue depths as server-sent events."""
    return stream(request, Listener(language_of(request, request.state.user.language), (), queues=True))
