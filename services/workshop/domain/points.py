"""What a multi-point inspection (全车检查) looks at: points, what their measured values mean, and what is proposed then."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.workshop.domain.policies import Terms
from shared.fields import Code, FlatHoursMilli, Measured, QuantityMilli, ShortText

Colour = Literal["green", "yellow", "red"]
Unit = Literal["um", "mv", "kpa", "bp"]
"""Micrometres (pads, tread), millivolts (battery), kilopascals (pressure), basis points (water in brake fluid)."""


class _Template(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class RemedyPart(_Template):
    """A part that is needed to put a point right."""

    part_no: Code
    quantity_milli: QuantityMilli


class Remedy(_Template):
    """What puts a point right: an operation with its hours, parts for it, or parts alone."""

    op_code: Code | None = None
    flat_hours_milli: FlatHoursMilli | None = None
    parts: Annotated[tuple[RemedyPart, ...], Field(max_length=10)] = ()

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.op_code is None) != (self.flat_hours_milli is None):
            raise ValueError("an operation comes with its hours")
        if self.op_code is None and not self.parts:
            raise ValueError("name an operation or parts")
        return self


class Point(_Template):
    """One thing to look at.  With a unit it is measured, and the thresholds say what the value means."""

    code: Code
    name_zh: ShortText
    name_en: ShortText
    group: Code
    unit: Unit | None = None
    yellow_below: Measured | None = None
    red_below: Measured | None = None
    yellow_above: Measured | None = None
    red_above: Measured | None = None
    when_yellow: Remedy | None = None
    when_red: Remedy | None = None

    @model_validator(mode="after")
    def _sensible(self) -> Self:
        limits = (self.yellow_below, self.red_below, self.yellow_above, self.red_above)
        if (self.unit is None) != all(limit is None for limit in limits):
            raise ValueError("what is measured has a unit and thresholds")
        rising = [
            limit for limit in (self.red_below, self.yellow_below, self.yellow_above, self.red_above) if limit is not None
        ]
        if rising != sorted(rising):
            raise ValueError("thresholds rise from red_below over yellow_below and yellow_above to red_above")
        return self

    def means(self, value: int) -> Colour:
        """The colour of a measured value."""
        if _beyond(value, self.red_below, self.red_above):
            return "red"
        return "yellow" if _beyond(value, self.yellow_below, self.yellow_above) else "green"

    def remedy(self, colour: str) -> Remedy | None:
        """What is suggested for a point of this colour."""
        return {"yellow": self.when_yellow, "red": self.when_red}.get(colour)


def _beyond(value: int, least: int | None, most: int | None) -> bool:
    return (least is not None and value < least) or (most is not None and value > most)


def _work(op_code: str, flat_hours_milli: int) -> Remedy:
    return Remedy(op_code=op_code, flat_hours_milli=flat_hours_milli)


def _seen(group: str, code: str, name_zh: str, name_en: str, yellow: Remedy | None = None, red: Remedy | None = None) -> Point:
    return Point(code=code, name_zh=name_zh, name_en=name_en, group=group, when_yellow=yellow, when_red=red or yellow)


def _tyre(code: str, name_zh: str, name_en: str) -> Point:
    return Point(
        code=code, name_zh=f"{name_zh}轮胎花纹", name_en=f"Tread, {name_en}", group="tyres", unit="um", yellow_below=3_000,
        red_below=1_600, when_red=_work("tyres-replace", 500),
    )  # fmt: skip


def _pads(code: str, name_zh: str, name_en: str) -> Point:
    return Point(
        code=code, name_zh=name_zh, name_en=name_en, group="brakes", unit="um", yellow_below=4_000, red_below=2_000,
        when_red=_work(f"mechanical-{code}", 1_000),
    )  # fmt: skip


POINTS = (
    _tyre("tread-fl", "左前", "front left"),
    _tyre("tread-fr", "右前", "front right"),
    _tyre("tread-rl", "左后", "rear left"),
    _tyre("tread-rr", "右后", "rear right"),
    Point(code="tyre-pressure", name_zh="最低胎压", name_en="Lowest tyre pressure", group="tyres", unit="kpa", yellow_below=210,
          red_below=170, when_red=_work("tyres-repair", 400)),
    _pads("pads-front", "前制动片", "Brake pads, front"),
    _pads("pads-rear", "后制动片", "Brake pads, rear"),
    _seen("brakes", "discs-front", "前制动盘", "Brake discs, front", red=_work("mechanical-discs-front", 1_500)),
    _seen("brakes", "discs-rear", "后制动盘", "Brake discs, rear", red=_work("mechanical-discs-rear", 1_500)),
    Point(code="brake-fluid", name_zh="制动液含水量", name_en="Water in the brake fluid", group="fluids", unit="bp",
          yellow_above=200, red_above=300, when_yellow=_work("mechanical-brake-fluid", 600),
          when_red=_work("mechanical-brake-fluid", 600)),
    _seen("fluids", "engine-oil", "发动机油", "Engine oil", _work("mechanical-maintenance", 800)),
    _seen("fluids", "coolant", "冷却液", "Coolant", _work("mechanical-coolant", 700)),
    _seen("fluids", "washer-fluid", "玻璃清洗液", "Washer fluid"),
    _seen("lights", "lights-front", "前部灯光", "Lights, front", _work("mechanical-bulb", 200)),
    _seen("lights", "lights-rear", "后部灯光", "Lights, rear", _work("mechanical-bulb", 200)),
    _seen("sight", "wipers", "雨刮片", "Wipers", _work("mechanical-wipers", 100)),
    _seen("sight", "windscreen", "前挡风玻璃", "Windscreen", red=_work("glass-windscreen", 2_500)),
    Point(code="battery", name_zh="蓄电池电压", name_en="Battery voltage", group="engine", unit="mv", yellow_below=12_400,
          red_below=12_000, when_red=_work("mechanical-battery", 300)),
    _seen("engine", "belts", "传动皮带", "Drive belts", red=_work("mechanical-belts", 900)),
    _seen("engine", "air-filter", "空气滤清器", "Air filter", _work("mechanical-air-filter", 200)),
    _seen("engine", "cabin-filter", "空调滤清器", "Cabin filter", _work("mechanical-cabin-filter", 200)),
    _seen("underbody", "leaks", "渗漏", "Leaks"),
    _seen("underbody", "exhaust", "排气系统", "Exhaust"),
    _seen("underbody", "suspension", "悬架与减振器", "Suspension and dampers"),
    _seen("underbody", "steering", "转向系统", "Steering"),
)  # fmt: skip
"""What is looked at where nobody set anything else; which parts fit is a matter of the car, so that none are named."""


class SheetTerms(Terms, name="sheets"):
    """What an inspection of a car looks at; a sheet keeps the points as they were when it was opened."""

    points: Annotated[tuple[Point, ...], Field(min_length=1, max_length=60)] = POINTS
    most_photos: Annotated[int, Field(ge=1, le=100)] = 40
    """Of one sheet."""

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        if len({point.code for point in self.points}) != len(self.points):
            raise ValueError("each point comes once")
        return self
