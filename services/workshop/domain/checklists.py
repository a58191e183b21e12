"""Checklists (检查表): what is looked at in a store – 6S, safety, hazardous waste –, how often, by when, by whom."""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.database import Effect, OfStore
from shared.policies import ALL

Kind = Literal["six_s", "safety", "hazardous_waste"]
Item = dict[str, Any]
"""code, name_zh, name_en, unit: in what something is measured (thousandths of it), null where nothing is."""


@dataclass(frozen=True, slots=True)
class RoundForm:
    """A checklist as it holds on a day.  `version` 0, `set_by` None: one of those that come with the product.  It is due every
    so many days from `from_on` on, or on these weekdays (1 = Monday), or on this day of the month (its last day, where the
    month is shorter); by the minute `due_minute` of the store's day."""

    code: str
    version: int
    set_by: str | None
    kind: Kind
    name_zh: str
    name_en: str
    items: tuple[Item, ...]
    due_minute: int
    answers_role: str | None
    answers_user: str | None
    every_days: int | None = None
    weekdays: tuple[int, ...] | None = None
    month_day: int | None = None
    from_on: date = date(2000, 1, 3)
    retired: bool = False

    def falls_on(self, day: date) -> bool:
        """Whether a round is due on that day."""
        if self.retired or day < self.from_on:
            return False
        if self.every_days is not None:
            return (day - self.from_on).days % self.every_days == 0
        if self.weekdays is not None:
            return day.isoweekday() in self.weekdays
        return day.day == min(self.month_day or 1, monthrange(day.year, day.month)[1])


class Checklist(Effect, OfStore, Base):
    """One version of a checklist, of a store or ('all') of the group, for the days from `from_on` on; never changed
    afterwards."""

    __tablename__ = "checklists"
    __table_args__ = (
        UniqueConstraint("store_id", "code", "version"),
        CheckConstraint("kind IN ('six_s', 'safety', 'hazardous_waste')", name="kind"),
        CheckConstraint("num_nonnulls(every_days, weekdays, month_day) = 1", name="one_rhythm"),
        CheckConstraint("num_nonnulls(answers_role, answers_user) = 1", name="somebody_answers"),
        CheckConstraint("due_minute BETWEEN 1 AND 1440", name="due_minute"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    version: Mapped[int]
    kind: Mapped[Kind] = mapped_column(Text())
    name_zh: Mapped[str]
    name_en: Mapped[str]
    items: Mapped[list[Item]] = mapped_column(JSONB)
    every_days: Mapped[int | None]
    weekdays: Mapped[list[int] | None] = mapped_column(JSONB(none_as_null=True))
    month_day: Mapped[int | None]
    due_minute: Mapped[int]
    answers_role: Mapped[str | None]
    answers_user: Mapped[str | None]
    retired: Mapped[bool]
    from_on: Mapped[date]
    written_by: Mapped[str]
    written_at: Mapped[datetime]

    @property
    def form(self) -> RoundForm:
        """As it is used."""
        return RoundForm(
            code=self.code,
            version=self.version,
            set_by=self.store_id,
            kind=self.kind,
            name_zh=self.name_zh,
            name_en=self.name_en,
            items=tuple(self.items),
            due_minute=self.due_minute,
            answers_role=self.answers_role,
            answers_user=self.answers_user,
            every_days=self.every_days,
            weekdays=tuple(self.weekdays) if self.weekdays is not None else None,
            month_day=self.month_day,
            from_on=self.from_on,
            retired=self.retired,
        )


def in_force(written: Iterable[Checklist], code: str, day: date) -> RoundForm | None:
    """What a store goes by on that day: the newest that it has written, else the group's, else what comes with the product.
    `written`: versions of the store and of the group."""
    holding = [each for each in written if each.code == code and each.from_on <= day]
    if not holding:
        return DEFAULTS.get(code)
    return max(holding, key=lambda each: (each.store_id != ALL, each.version)).form


def _item(code: str, name_zh: str, name_en: str, unit: str | None = None) -> Item:
    return {"code": code, "name_zh": name_zh, "name_en": name_en, "unit": unit}


DEFAULTS = {
    form.code: form
    for form in (
        RoundForm(
            "six-s", 0, None, "six_s", "6S 日检", "6S, every day",
            (
                _item("sort", "整理：工位上只留需要的物品", "Sort: only what is needed stands in the bays"),
                _item("set-in-order", "整顿：工具、设备定位摆放，标识清楚", "Set in order: all has its marked place"),
                _item("shine", "清扫：地面无油污、积水和杂物", "Shine: no oil, water or litter on the floor"),
                _item("standardise", "清洁：整理、整顿、清扫的标准得到保持", "Standardise: what was reached so far is kept"),
                _item("sustain", "素养：着装规范，佩戴防护用品", "Sustain: work clothes and protective gear are worn"),
                _item("safety", "安全：通道畅通，无安全隐患", "Safety: ways are clear, nothing endangers anybody"),
            ),
            due_minute=18 * 60, answers_role="technician", answers_user=None, every_days=1,
        ),
        RoundForm(
            "lift-safety", 0, None, "safety", "举升机安全周检", "Lifts, every week",
            (
                _item("locks", "机械锁止装置灵活可靠", "Mechanical locks engage and hold"),
                _item("arms", "托臂、托垫无裂纹、无松动", "Arms and pads have no cracks and no play"),
                _item("hydraulics", "液压系统、钢丝绳无渗漏、无断丝", "Hydraulics do not leak, cables have no broken wires"),
                _item("emergency-stop", "急停和限位开关有效", "Emergency stop and limit switches work"),
                _item("load-plate", "额定载荷和操作规程标识清晰", "Load plate and instructions can be read"),
            ),
            due_minute=12 * 60, answers_role="technician", answers_user=None, weekdays=(1,),
        ),
        RoundForm(
            "fire-safety", 0, None, "safety", "消防安全周检", "Fire safety, every week",
            (
                _item("extinguishers", "灭火器压力正常、铅封完好、在有效期内", "Extinguishers: pressure, seal, date"),
                _item("exits", "安全出口、疏散通道畅通，应急照明有效", "Exits and ways out are clear, emergency lights work"),
                _item("hydrants", "消火栓无遮挡，配件齐全", "Hydrants can be reached and are complete"),
                _item("paint-area", "喷漆区无明火，通风和防爆设施有效", "No open fire near paint; ventilation works there"),
                _item("electrics", "配电箱关闭、无私拉乱接", "Switchboards are shut, no improvised wiring"),
            ),
            due_minute=12 * 60, answers_role="technician", answers_user=None, weekdays=(1,),
        ),
        RoundForm(
            "hazardous-waste", 0, None, "hazardous_waste", "危险废物月检", "Hazardous waste, every month",
            (
                _item("store-room", "危废间上锁、防渗、有警示标志", "The waste store is locked, sealed below and marked"),
                _item("labels", "容器完好、加盖，标签写明种类和日期", "Containers are whole, shut and labelled"),
                _item("storage-time", "贮存未超过一年", "Nothing has been stored for more than a year"),
                _item("ledger", "台账与转移联单一致", "Ledger and transfer manifests agree"),
                _item("used-oil", "废机油存量", "Used oil in store", "l"),
                _item("filters", "废滤芯存量", "Used filters in store", "kg"),
                _item("batteries", "废铅蓄电池存量", "Used batteries in store", "kg"),
                _item("coolant", "废防冻液存量", "Used coolant in store", "l"),
                _item("paint-waste", "废漆渣、废漆桶存量", "Paint waste in store", "kg"),
            ),
            due_minute=18 * 60, answers_role="dispatcher", answers_user=None, month_day=25,
        ),
    )
}  # fmt: skip
"""What every store goes by until it, or the group, writes something else under the same code."""
