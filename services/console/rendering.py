"""Templates in two languages, the cards of the board, and static files under names that change with their content."""

import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib import resources
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.console import texts
from services.console.queries import Card
from services.console.texts import COLUMN_OF, COLUMNS, LANGUAGES, RISKS, STAGES, Column, Language
from shared import clock
from shared.settings import stores

TIGHT = timedelta(minutes=45)
LAST = 10**16
"""Order of cards that nobody promised."""
FINISHED = frozenset({"delivered", "surveyed", "cancelled"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    content: bytes
    media_type: str


@cache
def static_files() -> dict[str, StaticFile]:
    """By published name: 'board.1f2e3d4c5b.css'."""
    return {_published(name): StaticFile(content, _media_type(name)) for name, content in _found().items()}


@cache
def static_url(name: str) -> str:
    """The address of a static file, e.g. of 'board.css'."""
    return f"/static/{_published(name)}"


@cache
def _found() -> dict[str, bytes]:
    folder = resources.files("services.console") / "static"
    kinds = (folder / "css", folder / "js", folder / "images")
    return {file.name: file.read_bytes() for kind in kinds for file in kind.iterdir()}


def _published(name: str) -> str:
    stem, _, suffix = name.rpartition(".")
    return f"{stem}.{hashlib.sha256(_found()[name]).hexdigest()[:10]}.{suffix}"


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


@cache
def environment(language: Language) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("services.console"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(texts.translations(language), newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {
        "static": static_url,
        "language": language,
        "html_language": LANGUAGES[language],
        "stages": STAGES,
        "columns": COLUMNS,
        "risks": RISKS,
    }
    return made


def page(
    request: Request, template: str, *, language: Language, status: int = 200, user: str | None = None, **values: Any
) -> Response:
    """A whole page; a language asked for by the address is remembered."""
    other: Language = "en" if language == "zh" else "zh"
    values |= {"user": user, "here": request.url.path, "other_language": request.url.include_query_params(lang=other).query}
    answer = HTMLResponse(environment(language).get_template(template).render(values), status)
    if "lang" in request.query_params:
        answer.set_cookie(texts.COOKIE, language, max_age=365 * 86_400, httponly=True, samesite="lax")
    return answer


def fragment(template: str, language: Language, **values: Any) -> str:
    """A piece of a page."""
    return environment(language).get_template(template).render(values)


@dataclass(frozen=True, slots=True)
class ColumnOfCards:
    """A column with its rendered cards; `hidden` more are not shown."""

    column: Column
    cards: list[str]
    count: int

    @property
    def hidden(self) -> int:
        return self.count - len(self.cards)


def columns_of(cards: Iterable[Card], counts: Mapping[str, int], language: Language) -> list[ColumnOfCards]:
    """The board's columns, each card where it belongs; `counts`: cars per stage."""
    placed: dict[str, list[Card]] = {column.name: [] for column in COLUMNS}
    for card in cards:
        placed[COLUMN_OF[card.car.stage or ""]].append(card)
    return [
        ColumnOfCards(
            column=column,
            cards=[card_html(card, language) for card in sorted(placed[column.name], key=order_of)],
            count=max(sum(counts.get(stage, 0) for stage in column.stages), len(placed[column.name])),
        )
        for column in COLUMNS
    ]


def order_of(card: Card) -> int:
    """Where in its column a card stands: by promise, delivered cars by delivery, newest first (milliseconds)."""
    car = card.car
    if car.delivered_at:
        return -_milliseconds(car.delivered_at)
    return _milliseconds(car.promised_at) if car.promised_at else LAST


def risk_of(card: Card, now: datetime) -> str | None:
    """'late' after the promise, 'tight' shortly before it or when parts come after it, else 'on_time'; None: no promise, or
    kept already."""
    car = card.car
    if car.promised_at is None or car.stage in FINISHED:
        return None
    if now > car.promised_at:
        return "late"
    parts_too_late = bool(car.short_lines) and car.eta_at is not None and car.eta_at > car.promised_at
    return "tight" if parts_too_late or car.promised_at - now < TIGHT else "on_time"


def card_html(card: Card, language: Language) -> str:
    """One card."""
    car, now, store = card.car, clock.now(), stores()[card.car.store_id]
    shown_at = car.delivered_at if car.stage in FINISHED else car.promised_at
    return fragment(
        "board/_card.html",
        language,
        card=card,
        car=car,
        plate=texts.plate_parts(card.vehicle.plate) if card.vehicle and card.vehicle.plate else None,
        model=card.vehicle.model if card.vehicle else None,
        store=texts.store_name(store, language),
        order=order_of(card),
        risk=risk_of(card, now),
        promised_ms=_milliseconds(car.promised_at) if car.promised_at and car.stage not in FINISHED else "",
        eta_ms=_milliseconds(car.eta_at) if car.short_lines and car.eta_at else "",
        time=texts.clock_time(shown_at, store.time_zone, now) if shown_at else None,
        eta=texts.clock_time(car.eta_at, store.time_zone, now) if car.eta_at else None,
    )


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
