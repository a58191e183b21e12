"""Equipment: special tools, lifts, compressors and what else has to be maintained."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Self
from uuid import UUID

from pydantic import Field
from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.policies import Terms
from services.workshop.domain.tables import Base
from shared import clock
from shared.database import Aggregate, Effect, OfStore, new_id
from shared.refusal import Refused


class ToolTerms(Terms, name="tools"):
    """Kinds of equipment without which work cannot be done: for a skill, for an operation.  Nothing is needed by default."""

    by_skill: dict[str, list[str]] = Field(default_factory=dict)
    by_op_code: dict[str, list[str]] = Field(default_factory=dict)

    @property
    def any_needed(self) -> bool:
        """Whether some work needs a tool."""
        return bool(self.by_skill or self.by_op_code)

    def lacking(self, skill: str, op_code: str, out_of_order: Collection[str]) -> list[str]:
        """What the work needs of the kinds that cannot be used."""
        needed = {*self.by_skill.get(skill, ()), *self.by_op_code.get(op_code, ())}
        return sorted(needed & {*out_of_order})

    def refuse_lacking(self, skill: str, op_code: str, out_of_order: Collection[str]) -> None:
        """Refused('tool_out_of_order')."""
        if kinds := self.lacking(skill, op_code, out_of_order):
            raise Refused(
                "tool_out_of_order", "What this work needs is out of order, all that the store has of it.", kinds=kinds
            )


class Equipment(Aggregate, Base):
    """One piece of equipment of a store, in one of its bays or not.  `every_days` and `due_on` (a day of the store) are its
    maintenance plan: both or none."""

    __tablename__ = "equipment"
    __table_args__ = (
        UniqueConstraint("store_id", "code"),
        ForeignKeyConstraint(["store_id", "bay"], ["bays.store_id", "bays.code"]),
        Index("ix_equipment_due_on", "store_id", "due_on"),
        CheckConstraint("every_days BETWEEN 1 AND 3660", name="every_days"),
        CheckConstraint("(every_days IS NULL) = (due_on IS NULL)", name="planned"),
    )
    code: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str]
    bay: Mapped[str | None]
    every_days: Mapped[int | None]
    due_on: Mapped[date | None]

    def plan(self, every_days: int | None, due_on: date | None) -> None:
        """Its maintenance from now on; None: it needs none."""
        self.every_days, self.due_on = every_days, due_on
        self.version += 1

    def maintained(self, done_on: date, remark: str | None, by: str) -> "Maintenance":
        """It was maintained on this day: the next time is due so many days later.  One that is entered late does not bring
        the next time forward."""
        if self.every_days is not None and self.due_on is not None:
            self.due_on = max(self.due_on, done_on + timedelta(days=self.every_days))
        self.version += 1
        return Maintenance.of(self, done_on, remark, by)


class Maintenance(Effect, OfStore, Base):
    """A piece of equipment was maintained."""

    __tablename__ = "maintenances"
    __table_args__ = (Index("ix_maintenances_equipment_id", "equipment_id", "id"),)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    equipment_id: Mapped[UUID] = mapped_column(ForeignKey("equipment.id"))
    done_on: Mapped[date]
    remark: Mapped[str | None]
    done_by: Mapped[str]
    recorded_at: Mapped[datetime]
    next_due_on: Mapped[date | None]

    @classmethod
    def of(cls, equipment: Equipment, done_on: date, remark: str | None, by: str) -> Self:
        """As it is recorded now."""
        return cls(
            id=new_id(),
            store_id=equipment.store_id,
            equipment_id=equipment.id,
            done_on=done_on,
            remark=remark,
            done_by=by,
            recorded_at=clock.now(),
            next_due_on=equipment.due_on,
        )
