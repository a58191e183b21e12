"""The board: every car that is here, by what is to be done next, live."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from services.console import access, queries
from services.console.live import Listener
from services.console.live.frames import flat_counts, flat_depths
from services.console.pages.streams import stream
from services.console.rendering import columns_of, page
from services.console.texts import language_of, store_name
from shared.database import ALL_STORES
from shared.refusal import Unknown
from shared.service import Door, allows
from shared.settings import SERVICES, Store, stores

router = APIRouter(dependencies=[Depends(access.by_session)])
OneStore = Annotated[str | None, Query(alias="store")]


@router.get("/board")
async def board(
    request: Request,
    door: Annotated[Door, allows("console.board")],
    store: OneStore = None,
    part: Literal["whole", "columns"] = "whole",
) -> Response:
    """The page; with `part=columns` what changes on it, for a page that starts over."""
    shown, language = _shown(door, store), language_of(request, request.state.user.language)
    async with door.reading() as session:
        cards = await queries.cards_on_the_board(store, session)
        counts = flat_counts(count for count in await queries.stage_counts(session) if count.store_id in shown)
    sees_queues = access.may(door.caller, "console.queues")
    return page(
        request,
        "board/board.html" if part == "whole" else "board/_live.html",
        language=language,
        user=door.caller.name,
        pages=access.pages_of(door.caller),
        stores={code: store_name(each, language) for code, each in _visible(door).items()},
        shown=list(shown),
        store=store,
        columns_of_cards=columns_of(cards, {stage: counts.get(f"*/{stage}", 0) for stage in queries.STAGES}, language),
        counts=counts,
        services=SERVICES if sees_queues else (),
        depths=flat_depths(request.app.state.board.depths.now),
    )


@router.get("/board/events")
async def board_events(request: Request, door: Annotated[Door, allows("console.board")], store: OneStore = None) -> Response:
    """Changes of the board as server-sent events."""
    listener = Listener(
        language_of(request, request.state.user.language),
        tuple(_shown(door, store)),
        queues=access.may(door.caller, "console.queues"),
    )
    return stream(request, listener)


def _visible(door: Door) -> dict[str, Store]:
    """The stores that the caller may see."""
    return {code: store for code, store in stores().items() if ALL_STORES in door.stores or code in door.stores}


def _shown(door: Door, store: str | None) -> dict[str, Store]:
    """One of them, or all.  Unknown when it is not the caller's."""
    visible = _visible(door)
    if store is None:
        return visible
    if store not in visible:
        raise Unknown("store")
    return {store: visible[store]}
