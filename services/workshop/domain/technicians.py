"""Technicians and what they can do."""

from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, cast, get_args

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from services.workshop.domain.tables import Base
from shared.database import Aggregate
from shared.fields import Trade
from shared.refusal import Refused

GRADES = ("apprentice", "technician", "senior", "master", "foreman")
"""学徒, 技师, 高级技师, 技术专家, 班组长."""
COUNTS_BP: Mapping[str, int] = MappingProxyType({"apprentice": 5_000, "foreman": 5_000})
"""What a technician of this grade counts where nobody says otherwise; all others in full."""


def trade_of(skill: str) -> Trade:
    """The trade (工种) that a skill belongs to: a trade's own name is a skill of it, everything else is mechanical."""
    return cast(Trade, skill) if skill in get_args(Trade) else "mechanical"


class Technician(Aggregate, Base):
    """A technician of one store.  `code` is how colleagues and facts call them, `user` is the subject of their access
    token, `skills` are lower-case trade codes (see `jobs.skill_for`).  `counts_bp` is the share of their shift hours that
    can be sold (an apprentice 2,500 to 7,500, a foreman 5,000; KPI formulas, capacity)."""

    __tablename__ = "technicians"
    __table_args__ = (
        UniqueConstraint("store_id", "code"),
        CheckConstraint(f"trade IN ({', '.join(map(repr, get_args(Trade)))})", name="trade"),
        CheckConstraint(f"grade IN ({', '.join(map(repr, GRADES))})", name="grade"),
        CheckConstraint("counts_bp BETWEEN 0 AND 10000", name="counts_bp"),
    )
    code: Mapped[str]
    name: Mapped[str]
    user: Mapped[str]
    skills: Mapped[list[str]]
    trade: Mapped[Trade] = mapped_column(Text())
    grade: Mapped[str]
    counts_bp: Mapped[int]
    certificates: Mapped[list[dict[str, Any]]]
    """[{code, valid_until_on}]: valid on that day too; null: for good."""
    left_on: Mapped[date | None]
    """The first day on which they belong to the store no longer."""

    def promote(self, grade: str, counts_bp: int | None) -> None:
        """Another grade; `counts_bp` left out: what the grade counts."""
        self.grade = grade
        self.counts_bp = counts_bp if counts_bp is not None else COUNTS_BP.get(grade, 10_000)
        self.version += 1

    def learn(self, skills: Iterable[str], first: str) -> None:
        """These are their skills from now on; the trade is that of the `first`."""
        self.skills, self.trade = sorted(set(skills)), trade_of(first)
        self.version += 1

    def certify(self, certificates: list[dict[str, Any]]) -> None:
        """These are their certificates from now on."""
        self.certificates = certificates
        self.version += 1

    def leave(self, left_on: date | None) -> None:
        """From that day on they do not belong to the store; None: they stay after all."""
        self.left_on = left_on
        self.version += 1

    def refuse_gone(self, on: date) -> None:
        """Refused('left_the_store') for who does not belong to the store any more on that day."""
        if self.left_on is not None and self.left_on <= on:
            raise Refused("left_the_store", "The technician has left the store.", left_on=self.left_on.isoformat())

    def holds(self, certificate: str, on: date) -> bool:
        """Whether they have a certificate that is valid on that day of the store."""
        return any(
            held["code"] == certificate and (held["valid_until_on"] is None or held["valid_until_on"] >= on.isoformat())
            for held in self.certificates
        )
