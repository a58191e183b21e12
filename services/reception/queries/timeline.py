"""What the customer would read of an order."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy.ext.asyncio import AsyncSession

from services.reception.domain import LineProgress, RepairOrder, RepairOrderLine, TimelineEntry
from services.reception.domain.sentences import HEADLINES, SENTENCES, in_all_languages
from services.reception.domain.timeline import FINISHING
from shared.settings import stores

BEFORE_WORK = {"draft": "received", "estimated": "estimated"}
AFTER_WORK = {"work_complete": "ready", "settled": "settled", "delivered": "delivered"}
CALLED_OFF = {"cancelled": "cancelled"}
BEGUN = ("dispatched", "rework", "completed")
READY = "ready"
HAPPENING = tuple(SENTENCES)
"""The codes in the order in which things happen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry with its sentence in each language."""

    id: UUID
    code: str
    at: datetime
    ro_line_id: UUID | None
    parameters: Mapping[str, Any]
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Headline:
    """Where the car stands now.  `waiting_for_parts_until` is None when no part is awaited, or nobody knows."""

    code: str
    promised_at: datetime | None
    waiting_for_parts: bool
    waiting_for_parts_until: datetime | None
    sentences: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progress:
    """An order's headline and timeline, oldest entry first."""

    order: RepairOrder
    headline: Headline
    entries: Sequence[Entry]


async def progress_of(order: RepairOrder, session: AsyncSession) -> Progress:
    """The customer's view of the order as far as was heard."""
    lines = (await session.scalars(RepairOrderLine.ever_of_order(order.id))).all()
    holding = [line.id for line in lines if line.withdrawn_at is None]
    stages = (await session.scalars(LineProgress.of_lines(holding))).all()
    found = (await session.scalars(TimelineEntry.of_order(order.id))).all()
    return Progress(order, _headline(order, stages), _entries(order, lines, found))


def _headline(order: RepairOrder, stages: Sequence[LineProgress]) -> Headline:
    short = [line for line in stages if line.stage == "backordered"]
    etas = [line.eta_at for line in short if line.eta_at is not None]
    until = max(etas) if etas and len(etas) == len(short) else None
    waits = bool(short) and order.state == "authorised"
    if waits:
        code = "waiting_for_parts"
    elif order.state == "authorised":
        code = "in_work" if any(line.stage in BEGUN for line in stages) else "planned"
    else:
        code = (BEFORE_WORK | AFTER_WORK | CALLED_OFF).get(order.state, "in_work")
    text = HEADLINES["waiting_for_parts_open" if waits and until is None else code]
    told = {"promised_at": order.promised_at, "until": until}
    return Headline(code, order.promised_at, waits, until if waits else None, in_all_languages(text, told, _zone(order)))


def _entries(order: RepairOrder, lines: Sequence[RepairOrderLine], found: Sequence[TimelineEntry]) -> list[Entry]:
    """Oldest first, of one moment in the order in which things happen; with the moment when all was done, which no single
    fact tells."""
    names = {str(line.id): line.description for line in lines}
    entries = [_entry(order, entry.id, entry.code, entry.at, entry.parameters, names) for entry in found]
    if (ready := _ready_at(order, found)) is not None:
        entries.append(_entry(order, uuid5(order.id, READY), READY, ready, {}, names))
    return sorted(entries, key=lambda entry: (entry.at, HAPPENING.index(entry.code), entry.id))


def _ready_at(order: RepairOrder, found: Sequence[TimelineEntry]) -> datetime | None:
    finished = [entry.at for entry in found if entry.code in FINISHING]
    return max(finished) if finished and order.state in AFTER_WORK else None


def _entry(
    order: RepairOrder, id: UUID, code: str, at: datetime, parameters: Mapping[str, Any], names: Mapping[str, str]
) -> Entry:
    line = parameters.get("line_id")
    unknown_eta = code == "parts_backordered" and parameters["eta_at"] is None
    told = {**parameters, "line": names.get(line, "–") if line else ""}
    text = SENTENCES["parts_backordered_open" if unknown_eta else code]
    return Entry(id, code, at, UUID(line) if line else None, parameters, in_all_languages(text, told, _zone(order)))


def _zone(order: RepairOrder) -> str:
    return stores()[order.store_id].time_zone
