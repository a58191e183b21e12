"""Rounds (检查轮次): a checklist that is due on a day, opened by the clock, answered item by item by a person; or missed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal, Self
from uuid import NAMESPACE_OID, UUID, uuid5

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.checklists import Kind, RoundForm
from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore, Stated, new_id
from shared.events.workshop import SafetyRoundCompleted, SafetyRoundMissed, SafetyRoundOverdue
from shared.refusal import Invalid, Refused

Result = Literal["ok", "not_ok", "not_applicable"]
Severity = Literal["danger", "serious", "minor"]
TO_BE_MADE = ("open", "overdue")
LONGEST_LOOK_BACK = timedelta(days=400)
Days = Annotated[int, Field(ge=0, le=366)]


class RoundTerms(Terms, name="rounds"):
    """How rounds and what they find are followed up."""

    most_missed: Annotated[int, Field(ge=0, le=31)] = 7
    """So many missed rounds of a checklist are recorded when the clock stood still for longer."""
    danger_days: Days = 1
    """By so many days later a dangerous finding is put right where nobody names a day."""
    serious_days: Days = 7
    minor_days: Days = 30

    def days_for(self, severity: Severity) -> int:
        """To put such a finding right."""
        return {"danger": self.danger_days, "serious": self.serious_days, "minor": self.minor_days}[severity]


class RoundPlan(Effect, OfStore, Base):
    """One for each checklist of a store, whether its own, the group's or one that comes with the product: up to which day
    rounds were opened, and when that is looked at next."""

    __tablename__ = "round_plans"
    __table_args__ = (UniqueConstraint("store_id", "code"), Index("ix_round_plans_open_at", "open_at"))
    id: Mapped[UUID] = mapped_column(primary_key=True)
    code: Mapped[str]
    opened_until_on: Mapped[date]
    open_at: Mapped[datetime]

    @staticmethod
    def id_for(store_id: str, code: str) -> UUID:
        """Always the same."""
        return uuid5(NAMESPACE_OID, f"round plan {store_id} {code}")

    def open(
        self, time_zone: str, in_force: Callable[[date], RoundForm | None], most_missed: int
    ) -> list[tuple[date, RoundForm]]:
        """The days up to today for which a round is to be made, with what holds on each of them: the last one can be made,
        those before it, at most so many, were missed."""
        today = clock.day_in(time_zone)
        first = max(self.opened_until_on + timedelta(days=1), today - LONGEST_LOOK_BACK)
        days = [first + timedelta(days=n) for n in range((today - first).days + 1)]
        due = [(day, form) for day in days if (form := in_force(day)) is not None and form.falls_on(day)]
        self.opened_until_on = max(self.opened_until_on, today)
        self.open_at = clock.midnight_in(time_zone, self.opened_until_on + timedelta(days=1))
        return due[-(most_missed + 1) :]


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody says of one item.  The last four only of what is not ok: what to do, by whom and by which day of the
    store, where they say so."""

    item: str
    result: Result
    remark: str | None = None
    measured_milli: int | None = None
    severity: Severity | None = None
    to_do: str | None = None
    owner: str | None = None
    due_on: date | None = None


class SafetyRound(Stated, Aggregate, Base):
    """A checklist that is due on one day, as the checklist was then.

    open -> overdue at the time at which it is due; both -> completed, or -> missed when the next round of the checklist is
    opened.  What was completed or missed is never changed.
    """

    __tablename__ = "safety_rounds"
    __table_args__ = (
        UniqueConstraint("store_id", "code", "due_on"),
        Index("ix_safety_rounds_due_on", "store_id", "due_on", "id"),
        Index("ix_safety_rounds_due_at", "due_at", postgresql_where=text("state = 'open'")),
        CheckConstraint("state IN ('open', 'overdue', 'completed', 'missed')", name="state"),
        CheckConstraint("kind IN ('six_s', 'safety', 'hazardous_waste')", name="kind"),
        CheckConstraint("(state = 'completed') = (num_nulls(completed_by, completed_at, not_ok) = 0)", name="completed"),
    )
    STEPS: ClassVar[frozenset[tuple[str, str]]] = frozenset(
        {("open", "overdue"), *((state, end) for state in TO_BE_MADE for end in ("completed", "missed"))}
    )
    code: Mapped[str]
    kind: Mapped[Kind] = mapped_column(Text())
    due_on: Mapped[date]
    due_at: Mapped[datetime]
    checklist_version: Mapped[int]
    """0: as it comes with the product."""
    set_by: Mapped[str | None]
    content: Mapped[dict[str, Any]]
    """name_zh, name_en, items."""
    answers_role: Mapped[str | None]
    answers_user: Mapped[str | None]
    opened_at: Mapped[datetime]
    completed_by: Mapped[str | None]
    completed_at: Mapped[datetime | None]
    not_ok: Mapped[int | None]

    @classmethod
    def of(cls, form: RoundForm, store_id: str, time_zone: str, day: date) -> Self:
        """To be made on that day; by its end, when it is opened on that day only after the time at which it was due."""
        due_at = clock.minute_in(time_zone, day, form.due_minute)
        if due_at <= clock.now() and day == clock.day_in(time_zone):
            due_at = clock.midnight_in(time_zone, day + timedelta(days=1))
        made = cls(
            id=uuid5(NAMESPACE_OID, f"safety round {store_id} {form.code} {day.isoformat()}"),
            store_id=store_id,
            version=1,
            code=form.code,
            kind=form.kind,
            due_on=day,
            due_at=due_at,
            checklist_version=form.version,
            set_by=form.set_by,
            content={"name_zh": form.name_zh, "name_en": form.name_en, "items": list(form.items)},
            answers_role=form.answers_role,
            answers_user=form.answers_user,
            opened_at=clock.now(),
        )
        made.begin("open")
        return made

    @property
    def items(self) -> Mapping[str, Mapping[str, Any]]:
        """By code."""
        return {item["code"]: item for item in self.content["items"]}

    def refuse_others(self, user: str, roles: Collection[str]) -> None:
        """Refused('somebody_else_answers') for who neither answers for this round nor manages the store."""
        if user == self.answers_user or self.answers_role in roles or "store_manager" in roles:
            return
        raise Refused("somebody_else_answers", "Somebody else answers for this round.", answers_role=self.answers_role)

    def answer(self, said: Sequence[Said], by: str, today: date) -> list["RoundAnswer"]:
        """What is kept of it; a later answer to the same item takes the place of the one before.  Refused('round_over').
        Invalid: unknown_item, item_repeated, measured_missing, measured_unasked, finding_missing, finding_unasked,
        in_the_past."""
        self._refuse_over()
        seen: set[str] = set()
        for position, each in enumerate(said):
            self._refuse_wrong(each, f"body.answers.{position}", today)
            if each.item in seen:
                raise Invalid(f"body.answers.{position}.item", "item_repeated", "Each item is answered once.")
            seen.add(each.item)
        self.version += 1
        return [RoundAnswer.of(self, each, by) for each in said]

    def complete(self, answers: Mapping[str, "RoundAnswer"], by: str) -> SafetyRoundCompleted:
        """Everything was looked at; `answers`: the newest to each item.  Refused: round_over, items_unanswered."""
        self._refuse_over()
        if missing := [code for code in self.items if code not in answers]:
            raise Refused("items_unanswered", "Some items were not looked at yet.", items=missing)
        self.move("completed")
        self.completed_by, self.completed_at = by, clock.now()
        self.not_ok = sum(answer.result == "not_ok" for answer in answers.values())
        return SafetyRoundCompleted(
            about=self.next_version(),
            checklist=self.code,
            kind=self.kind,
            due_on=self.due_on.isoformat(),
            on_time=self.completed_at <= self.due_at,
            item_count=len(self.items),
            not_ok_count=self.not_ok,
            completed_at=self.completed_at,
        )

    def fall_overdue(self) -> SafetyRoundOverdue:
        """Its time is over."""
        self.move("overdue")
        return SafetyRoundOverdue(
            about=self.next_version(),
            checklist=self.code,
            kind=self.kind,
            due_on=self.due_on.isoformat(),
            due_at=self.due_at,
        )

    def miss(self) -> SafetyRoundMissed:
        """The next one is due; nobody makes this one any more."""
        self.move("missed")
        return SafetyRoundMissed(
            about=self.next_version(),
            checklist=self.code,
            kind=self.kind,
            due_on=self.due_on.isoformat(),
            missed_at=clock.now(),
        )

    def _refuse_over(self) -> None:
        if self.state not in TO_BE_MADE:
            raise Refused("round_over", "This round is over; what it says stays as it is.", state=self.state)

    def _refuse_wrong(self, said: Said, at: str, today: date) -> None:
        item = self.items.get(said.item)
        if item is None:
            raise Invalid(f"{at}.item", "unknown_item", "The checklist has no such item.")
        if said.measured_milli is not None and item["unit"] is None:
            raise Invalid(f"{at}.measured_milli", "measured_unasked", "Nothing is measured here.")
        if said.measured_milli is None and item["unit"] is not None and said.result != "not_applicable":
            raise Invalid(
                f"{at}.measured_milli", "measured_missing", f"Say what was measured, in thousandths of {item['unit']}."
            )
        if said.result == "not_ok" and (said.severity is None or said.to_do is None):
            raise Invalid(f"{at}.severity", "finding_missing", "Say how bad it is, and what is to be done.")
        if said.result != "not_ok" and (said.severity, said.to_do, said.owner, said.due_on) != (None,) * 4:
            raise Invalid(f"{at}.result", "finding_unasked", "Only what is not ok is put right.")
        if said.due_on is not None and said.due_on < today:
            raise Invalid(f"{at}.due_on", "in_the_past", "It is put right today or later.")


class RoundAnswer(Effect, OfStore, Base):
    """What somebody said of one item of a round; never changed.  The newest of an item counts."""

    __tablename__ = "round_answers"
    __table_args__ = (
        Index("ix_round_answers_round_id", "round_id", "seq"),
        CheckConstraint("result IN ('ok', 'not_ok', 'not_applicable')", name="result"),
        CheckConstraint("(result = 'not_ok') = (num_nulls(severity, to_do) = 0)", name="finding"),
    )
    id: Mapped[UUID] = mapped_column(primary_key=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("safety_rounds.id"))
    seq: Mapped[int]
    """The round's version with which it was said."""
    item: Mapped[str]
    result: Mapped[Result] = mapped_column(Text())
    remark: Mapped[str | None]
    measured_milli: Mapped[int | None]
    severity: Mapped[Severity | None] = mapped_column(Text())
    to_do: Mapped[str | None]
    owner: Mapped[str | None]
    due_on: Mapped[date | None]
    answered_by: Mapped[str]
    answered_at: Mapped[datetime]

    @classmethod
    def of(cls, round_: SafetyRound, said: Said, by: str) -> Self:
        """Now."""
        return cls(
            id=new_id(),
            store_id=round_.store_id,
            round_id=round_.id,
            seq=round_.version,
            item=said.item,
            result=said.result,
            remark=said.remark,
            measured_milli=said.measured_milli,
            severity=said.severity,
            to_do=said.to_do,
            owner=said.owner,
            due_on=said.due_on,
            answered_by=by,
            answered_at=clock.now(),
        )
