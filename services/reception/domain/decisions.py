"""What customers decide about proposed lines, and what becomes of the work that is not done now (暂缓项目)."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Select, select
from sqlalchemy.orm import Mapped, mapped_column

from services.reception.domain.estimates import EstimateLine
from services.reception.domain.lines import PricedLine
from services.reception.domain.tables import Base
from shared import clock
from shared.cause import cause
from shared.database import Effect, OfStore
from shared.refusal import Invalid, Refused


class LineDecision(Effect, OfStore, Base):
    """One line's decision, written once; `decided_by` is personal."""

    __tablename__ = "line_decisions"
    __table_args__ = (
        CheckConstraint("decision IN ('approved', 'declined', 'deferred')", name="decision"),
        Index(None, "ro_id"),
    )

    line_id: Mapped[UUID] = mapped_column(primary_key=True)
    ro_id: Mapped[UUID]
    estimate_id: Mapped[UUID]
    decision: Mapped[str]
    reason_code: Mapped[str | None]
    severity: Mapped[str]
    channel: Mapped[str]
    evidence: Mapped[str]
    decided_by: Mapped[str]
    noted_by: Mapped[str]
    decided_at: Mapped[datetime]


class DeferredItem(Effect, Base):
    """Work that the customer declined or put off: brought forward at the next visit to any store of the group.

    open -> done, when the same operation is approved on a later order of the vehicle."""

    __tablename__ = "deferred_items"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done')", name="state"),
        Index("ix_deferred_items_open", "vehicle_id", postgresql_where="state = 'open'"),
        Index("ix_deferred_items_done_ro_id", "done_ro_id", postgresql_where="done_ro_id IS NOT NULL"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """The proposed line's id."""
    vehicle_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    store_id: Mapped[str]
    """Where it was proposed; for information, the row belongs to the group."""
    ro_id: Mapped[UUID]
    code: Mapped[str]
    """Operation code or part number."""
    description: Mapped[str]
    amount_fen: Mapped[int]
    """The line with its parts, at the price that was offered."""
    severity: Mapped[str]
    decision: Mapped[str]
    reason_code: Mapped[str | None]
    remind_on: Mapped[date | None]
    decided_at: Mapped[datetime]
    state: Mapped[str]
    done_ro_id: Mapped[UUID | None]

    @classmethod
    def open_of(cls, vehicle_id: UUID) -> Select[Self]:
        """What is brought forward for this vehicle, the gravest first."""
        gravest = (cls.severity == "safety").desc(), (cls.severity == "soon").desc(), cls.id
        return select(cls).where(cls.vehicle_id == vehicle_id, cls.state == "open").order_by(*gravest)

    def reopen(self) -> None:
        """The work was called off again."""
        self.state, self.done_ro_id, self.cause_id = "open", None, cause().id

    def do(self, ro_id: UUID) -> None:
        """The work is being done at last."""
        self.state, self.done_ro_id, self.cause_id = "done", ro_id, cause().id


Decision = Literal["approved", "declined", "deferred"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the customer said of one line, and how grave the line is."""

    decision: Decision
    severity: str
    reason_code: str | None = None
    remind_on: date | None = None
    waived: bool = False


def roots(lines: Sequence[PricedLine]) -> dict[UUID, list[PricedLine]]:
    """The lines that are decided about – labour lines, and parts for a job that runs already – each with what follows it."""
    found = {line.id: [line] for line in lines if line.kind != "part"}
    for line in lines:
        if line.kind == "part":
            owner = found.get(line.labour_line_id) if line.labour_line_id else None
            if owner is None:
                found[line.id] = [line]
            else:
                owner.append(line)
    return found


def decide(lines: Sequence[EstimateLine], said: Mapping[UUID, Said]) -> dict[UUID, Said]:
    """The decision for every line by its id.  Lines that are not named are approved.

    Invalid: `line_unknown`, `part_follows_labour`; Refused: `package_not_whole`, `waiver_missing` for
    a declined safety item."""
    of_root = roots(lines)
    known = {line.id for line in lines}
    decisions: dict[UUID, Said] = {}
    for position, (id, word) in enumerate(said.items()):
        if id not in of_root:
            code = "part_follows_labour" if id in known else "line_unknown"
            raise Invalid(f"body.decisions.{position}.line_id", code, "Decide about the labour lines of this estimate.")
        if word.decision == "declined" and word.severity == "safety" and not word.waived:
            raise Refused("waiver_missing", "A declined safety item needs the customer's signature.", line_id=id)
    for id, following in of_root.items():
        word = said.get(id, Said("approved", "advice"))
        decisions |= dict.fromkeys((line.id for line in following), word)
    _packages_are_taken_whole(lines, decisions)
    return decisions


def _packages_are_taken_whole(lines: Sequence[EstimateLine], decisions: Mapping[UUID, Said]) -> None:
    """Refused('package_not_whole'): the price of a package is for all of it; its operations are to be had alone at theirs."""
    approved: dict[str, bool] = {}
    for line in lines:
        if line.package_code is not None and line.package_amount_fen is not None:
            wanted = decisions[line.id].decision == "approved"
            if approved.setdefault(line.package_code, wanted) != wanted:
                detail = "The package has a price for all of it; estimate its operations alone to leave some out."
                raise Refused("package_not_whole", detail, package_code=line.package_code)


def deferred(
    lines: Sequence[PricedLine], decisions: Mapping[UUID, Said], *, vehicle_id: UUID, customer_id: UUID
) -> list[DeferredItem]:
    """One item for each declined or deferred piece of work."""
    items = []
    for id, following in roots(lines).items():
        word, first = decisions[id], following[0]
        if word.decision != "approved":
            items.append(
                DeferredItem(
                    id=id, vehicle_id=vehicle_id, customer_id=customer_id, store_id=first.store_id, ro_id=first.ro_id,
                    code=first.code, description=first.description,
                    amount_fen=sum(line.amount_fen for line in following), severity=word.severity, decision=word.decision,
                    reason_code=word.reason_code, remind_on=word.remind_on, decided_at=clock.now(), state="open",
                )
            )  # fmt: skip
    return items


def put_off(
    lines: Sequence[PricedLine],
    grades: Mapping[UUID, str],
    still_open: Container[str],
    vehicle_id: UUID,
    customer_id: UUID,
    because: str,
) -> list[DeferredItem]:
    """What was proposed and is not done, as the car goes home without it; not what is open from an earlier visit anyway.
    `grades`: of lines that are more than advice."""
    declined = {line.id: Said("declined", grades.get(line.id, "advice"), because) for line in lines}
    items = deferred(lines, declined, vehicle_id=vehicle_id, customer_id=customer_id)
    return [item for item in items if item.code not in still_open]


def noted(
    lines: Sequence[EstimateLine], decisions: Mapping[UUID, Said], estimate_id: UUID, proof: Mapping[str, Any]
) -> list[LineDecision]:
    """The rows that keep the decisions; `proof`: channel, evidence, decided_by."""
    return [
        LineDecision(
            line_id=line.id, store_id=line.store_id, ro_id=line.ro_id, estimate_id=estimate_id,
            decision=decisions[line.id].decision, reason_code=decisions[line.id].reason_code,
            severity=decisions[line.id].severity, noted_by=cause().actor, decided_at=clock.now(), **proof,
        )
        for line in lines
    ]  # fmt: skip
