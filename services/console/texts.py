"""Words, times and plates for people.  Code and templates hold English; `locale/zh_CN.po` holds the Chinese, the default."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from fastapi import Request

from shared.settings import Store

Language = Literal["zh", "en"]
LANGUAGES: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}
"""The languages and their HTML names, the default first."""
COOKIE = "lang"

_HERE = Path(__file__).parent
LOCALE = _HERE / "locale"
_SOURCES = [("**.py", "python"), ("templates/**.html", "jinja2")]


def N_(message: str) -> str:
    """Mark a text for extraction."""
    return message


STAGES: Mapping[str, str] = {
    "checked_in": N_("Checked in"),
    "authorised": N_("Authorised"),
    "waiting_parts": N_("Waiting for parts"),
    "ready": N_("Ready"),
    "in_work": N_("In work"),
    "rework": N_("Rework"),
    "completed": N_("Completed"),
    "settled": N_("Settled"),
    "delivered": N_("Delivered"),
    "surveyed": N_("Surveyed"),
    "cancelled": N_("Called off"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the board: what is to be done next with the cars of these stages."""

    name: str
    title: str
    stages: tuple[str, ...]


COLUMNS = (
    Column("authorise", N_("To authorise"), ("checked_in",)),
    Column("parts", N_("Waiting for parts"), ("waiting_parts",)),
    Column("dispatch", N_("To dispatch"), ("authorised", "ready")),
    Column("work", N_("In work"), ("in_work", "rework")),
    Column("settle", N_("To settle"), ("completed",)),
    Column("deliver", N_("To deliver"), ("settled",)),
    Column("follow_up", N_("Delivered"), ("delivered",)),
)
COLUMN_OF = {stage: column.name for column in COLUMNS for stage in column.stages}
"""Stage -> column; surveyed cars and those called off have left the board."""

RISKS: Mapping[str, tuple[str, str]] = {
    "on_time": ("●", N_("On time")),
    "tight": ("▲", N_("Tight")),
    "late": ("■", N_("Late")),
}
"""Shape and word: never colour alone."""


@cache
def translations(language: Language) -> NullTranslations:
    """The catalogue of a language; English needs none."""
    if language == "en":
        return NullTranslations()
    with (LOCALE / "zh_CN.po").open("rb") as file:
        catalogue = read_po(file, locale="zh_CN")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def extracted() -> Catalog:
    """All texts that code and templates hold now, with where they stand."""
    catalogue = Catalog(project="Loop4S console", charset="utf-8")
    for file, _, message, comments, context in extract_from_dir(_HERE, _SOURCES, comment_tags=("L10n:",)):
        catalogue.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return catalogue


def language_of(request: Request, preferred: str | None = None) -> Language:
    """What was asked for by `?lang=`, else what the browser remembers, else what the user prefers, else Chinese."""
    for wish in (request.query_params.get("lang"), request.cookies.get(COOKIE), preferred):
        for language in LANGUAGES:
            if wish == language:
                return language
    return "zh"


def store_name(store: Store, language: Language) -> str:
    return store.name_zh if language == "zh" else store.name_en


def clock_time(at: datetime, zone: str, now: datetime) -> str:
    """'17:40' in the store's zone, '11/22 09:00' on another day than today."""
    local, today = at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    return f"{local:%H:%M}" if local.date() == today else f"{local:%m/%d %H:%M}"


def plate_parts(plate: str) -> tuple[str, str]:
    """'粤B8K2M7' -> ('粤B', '8K2M7'), between which a dot is drawn; plates of other forms have no first part."""
    plate = plate.replace("·", "").replace(" ", "")
    if len(plate) > 2 and "\u4e00" <= plate[0] <= "\u9fff":
        return plate[:2], plate[2:]
    return "", plate
