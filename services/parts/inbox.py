"""What parts hears, what it does with it, and the rows it needs for that."""

from services.parts import handlers
from services.parts.domain import AuthorisedOrder, Part, PartLine, StockLevel
from shared.events import Event
from shared.events.reception import WorkAuthorised
from shared.inbox import Hears, hears, stubs
from shared.schedule import DueWork

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

DUE = [
    DueWork("offer_everywhere", Part, Part.offer_at, waiting=lambda: Part.offer_at.is_not(None), do=handlers.offer_everywhere),
    DueWork("offer", StockLevel, StockLevel.offer_at, waiting=lambda: StockLevel.offer_at.is_not(None), do=handlers.offer),
]
