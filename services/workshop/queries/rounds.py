"""Checklists, rounds, what they found, and the ledger of hazardous waste."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, not_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.domain import Checklist, FindingStep, RoundAnswer, SafetyFinding, SafetyRound, WasteHandover
from services.workshop.domain.checklists import DEFAULTS, RoundForm, in_force
from services.workshop.domain.measures import Measure, on_time_rounds
from services.workshop.queries.measures import refuse_range
from shared import clock
from shared.policies import ALL
from shared.refusal import Unknown


async def forms(store_id: str, on: date, session: AsyncSession) -> list[RoundForm]:
    """What the store goes by on that day, by code; what is retired too."""
    written = (await session.scalars(select(Checklist).where(Checklist.store_id.in_((store_id, ALL))))).all()
    codes = sorted({*DEFAULTS, *(each.code for each in written)})
    return [form for code in codes if (form := in_force(written, code, on)) is not None]


def versions(code: str | None) -> Select[Checklist]:
    """All that were written, of the group and the caller's stores."""
    found = select(Checklist)
    return found if code is None else found.where(Checklist.code == code)


def rounds(
    store_id: str | None, state: str | None, kind: str | None, code: str | None, due_on: date | None
) -> Select[SafetyRound]:
    """Whatever is left out is not asked for."""
    asked = {"store_id": store_id, "state": state, "kind": kind, "code": code, "due_on": due_on}
    return select(SafetyRound).filter_by(**{name: value for name, value in asked.items() if value is not None})


async def safety_round(round_id: UUID, session: AsyncSession) -> tuple[SafetyRound, Sequence[RoundAnswer]]:
    """One round with the newest answer to each item; Unknown when there is none."""
    found = await session.get(SafetyRound, round_id)
    if found is None:
        raise Unknown("safety round")
    rows = await session.scalars(select(RoundAnswer).where(RoundAnswer.round_id == round_id).order_by(RoundAnswer.seq))
    newest = {answer.item: answer for answer in rows}
    return found, [newest[code] for code in found.items if code in newest]


def findings(
    store_id: str | None, state: str | None, owner: str | None, round_id: UUID | None, overdue: bool | None
) -> Select[SafetyFinding]:
    """Whatever is left out is not asked for."""
    asked = {"store_id": store_id, "state": state, "owner": owner, "round_id": round_id}
    found = select(SafetyFinding).filter_by(**{name: value for name, value in asked.items() if value is not None})
    late: ColumnElement[bool] = and_(SafetyFinding.state == "open", SafetyFinding.overdue_at <= clock.now())
    return found if overdue is None else found.where(late if overdue else not_(late))


async def finding(finding_id: UUID, session: AsyncSession) -> tuple[SafetyFinding, Sequence[FindingStep]]:
    """One finding with the steps of its follow-up, oldest first; Unknown when there is none."""
    found = await session.get(SafetyFinding, finding_id)
    if found is None:
        raise Unknown("safety finding")
    steps = select(FindingStep).where(FindingStep.finding_id == finding_id).order_by(FindingStep.id)
    return found, (await session.scalars(steps)).all()


def handovers(store_id: str, waste_kind: str | None) -> Select[WasteHandover]:
    """All entries of the store's ledger, or those of one kind of waste."""
    found = select(WasteHandover).where(WasteHandover.store_id == store_id)
    return found if waste_kind is None else found.where(WasteHandover.waste_kind == waste_kind)


async def corrected(entries: Sequence[WasteHandover], session: AsyncSession) -> dict[UUID, UUID]:
    """Of these entries those that count no more, with what stands in their place."""
    rows = select(WasteHandover.corrects, WasteHandover.id).where(WasteHandover.corrects.in_([entry.id for entry in entries]))
    return {wrong: right for wrong, right in await session.execute(rows) if wrong is not None}


async def measures(store_id: str, from_on: date, until_on: date, session: AsyncSession) -> list[Measure]:
    """Per kind, rounds that were made on time over those that were due on these days of the store.  Invalid('range_wrong')."""
    refuse_range(from_on, until_on)
    over = SafetyRound.due_at <= clock.now()
    on_time = and_(SafetyRound.state == "completed", SafetyRound.completed_at <= SafetyRound.due_at)
    rows = select(
        SafetyRound.kind, func.count().filter(and_(over, on_time)), func.count().filter(over), func.count().filter(not_(over))
    ).where(SafetyRound.store_id == store_id, SafetyRound.due_on.between(from_on, until_on))
    found = await session.execute(rows.group_by(SafetyRound.kind).order_by(SafetyRound.kind))
    return [on_time_rounds(kind, made, due, not_yet) for kind, made, due, not_yet in found]
