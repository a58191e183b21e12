"""Strict field types for everything that comes in or goes out; the unit is in the name (docs/decisions)."""

import re
import unicodedata
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

LARGEST = 2**63 - 1


def _clean(text: str) -> str:
    text = unicodedata.normalize("NFC", text)
    for char in text:
        if unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} and char not in "\n\t":
            raise ValueError("contains a control or unassigned character")
    return text


def _shown(text: str) -> str:
    if not text.strip():
        raise ValueError("is blank")
    return text


def _iso(day: object) -> object:
    if not (isinstance(day, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", day, re.ASCII)):
        raise ValueError("should be a day of the form YYYY-MM-DD")
    return day


def _written(moment: object) -> object:
    if not isinstance(moment, (str, datetime)):
        raise ValueError("is not a moment of the form 2026-11-21T08:00:00+08:00")  # noqa: TRY004
    return moment


_printable = AfterValidator(_clean)
_not_blank = AfterValidator(_shown)
_SHORT = StringConstraints(strip_whitespace=True, min_length=1, max_length=80, strict=True)
_LONG = StringConstraints(strip_whitespace=True, min_length=1, max_length=4000, strict=True)
_PLATE = StringConstraints(strip_whitespace=True, to_upper=True, min_length=5, max_length=12, strict=True)

ShortText = Annotated[str, _SHORT, _printable, _not_blank]
LongText = Annotated[str, _LONG, _printable, _not_blank]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$", strict=True)]
"""An operation code, part number, concern code, technician or bay code."""
StoreId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]{1,9}$", strict=True)]
Vin = Annotated[str, StringConstraints(to_upper=True, pattern=r"^[A-HJ-NPR-Za-hj-npr-z0-9]{17}$", strict=True)]
PlateNo = Annotated[str, _PLATE, _printable]
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]{5,18}[0-9]$", strict=True)]

Id = UUID
Fen = Annotated[int, Field(strict=True, ge=0, le=10**13)]
"""Money in fen (1/100 yuan), prices with tax."""
QuantityMilli = Annotated[int, Field(strict=True, gt=0, le=10**9)]
"""A quantity in thousandths of the unit (0.5 l of oil = 500)."""
FlatHoursMilli = Annotated[int, Field(strict=True, gt=0, le=10**6)]
"""Flat-rate hours in thousandths."""
HoursMilli = Annotated[int, Field(strict=True, ge=0, le=10**6)]
"""Hours of a day, of all who share them, in thousandths; none is possible."""
BasisPoints = Annotated[int, Field(strict=True, ge=0, le=10_000)]
Km = Annotated[int, Field(strict=True, ge=0, le=5_000_000)]
Measured = Annotated[int, Field(strict=True, ge=0, le=10**6)]
"""What an instrument showed, in the unit that stands beside it."""
Score = Annotated[int, Field(strict=True, ge=1, le=10)]
JsonObject = Annotated[dict[str, Any], Field(max_length=100)]
"""A JSON object whose fields depend on what it is for."""
Day = Annotated[date, BeforeValidator(_iso)]
"""A calendar day, YYYY-MM-DD."""
Moment = Annotated[AwareDatetime, BeforeValidator(_written)]
"""A moment with its time zone, written as in RFC 3339."""


Trade = Literal["mechanical", "body", "paint", "detailing", "accessories", "glass", "tyres"]
"""机修, 钣金, 油漆, 美容, 精品加装, 玻璃, 轮胎."""


class Body(BaseModel):
    """What a request may contain: known fields only, no NaN, immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True)


class View(BaseModel):
    """What an answer contains, read from rows or built by hand."""

    model_config = ConfigDict(from_attributes=True, frozen=True)
