"""What parts hears, what it does with it, and the rows it needs for that."""

from services.parts import handlers
from services.parts.domain import AuthorisedOrder, PartLine, StockLevel
from shared.events import Event
from shared.events.reception import WorkAuthorised
from shared.inbox import Hears, hears, stubs

HEARS: dict[type[Event], Hears] = {
    WorkAuthorised: hears(
        handlers.reserve_lines,
        loads=[
            stubs(AuthorisedOrder, lambda authorised: [authorised.about.subject]),
            stubs(PartLine, handlers.line_ids),
            stubs(StockLevel, handlers.shelf_places),
        ],
    ),
}
