"""What is sent to listening pages: server-sent events with cards, counts and queue depths."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from services.console.live.queue_depths import Depths
from services.console.queries import Card, StageCount
from services.console.rendering import card_html, order_of
from services.console.texts import COLUMN_OF, COLUMNS, Language


def frame(event: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False, separators=(',', ':'))}\n\n".encode()


def card_frame(card: Card, language: Language) -> bytes:
    """A card for the page; without `column` it has left the board."""
    column = COLUMN_OF.get(card.car.stage or "")
    told = {"id": str(card.car.id), "version": card.version, "column": column, "order": order_of(card)}
    return frame("card", told | ({"html": card_html(card, language)} if column else {}))


def flat_counts(counts: Iterable[StageCount]) -> dict[str, int]:
    """'sh01/ready' -> cars, '*/ready' -> cars of all these stores, and 'column/work' -> cars of a column."""
    flat: dict[str, int] = {}
    for count in counts:
        column = COLUMN_OF.get(count.stage)
        for key in (f"{count.store_id}/{count.stage}", f"*/{count.stage}", f"column/{column}"):
            flat[key] = flat.get(key, 0) + count.cars
    return {f"column/{column.name}": 0 for column in COLUMNS} | flat


def flat_depths(depths: Depths | None) -> Mapping[str, int] | None:
    """'parts/dead' -> messages; None = unknown."""
    if depths is None:
        return None
    return {f"{service}/{kind}": messages for service, kinds in depths.items() for kind, messages in kinds.items()}
