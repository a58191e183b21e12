"""Writing checklists, and keeping a plan for each that a store goes by."""

from collections.abc import Collection
from datetime import date, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.workshop.commands.checklists import WriteChecklist
from services.workshop.domain import Checklist, RoundPlan
from services.workshop.domain.checklists import DEFAULTS
from shared import clock
from shared.cause import cause
from shared.database import new_id
from shared.policies import ALL
from shared.refusal import Invalid
from shared.settings import stores

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(hashtext('checklists'), hashtext(:store_id))")


async def write_checklist(store_id: str, command: WriteChecklist, session: AsyncSession) -> Checklist:
    """The next version, of a store or ('all') of the group, for days that nobody has begun.  Invalid: rhythm_wrong,
    nobody_answers, item_repeated, not_to_come."""
    _refuse_wrong(command)
    concerned = list(stores()) if store_id == ALL else [store_id]
    if command.from_on <= max(_today(code) for code in concerned):
        raise Invalid("body.from_on", "not_to_come", "It holds from a day to come on: a day that has begun keeps its rounds.")
    await session.execute(_ONE_AT_A_TIME, {"store_id": store_id})
    versions = select(func.coalesce(func.max(Checklist.version), 0)).where(
        Checklist.store_id == store_id, Checklist.code == command.code
    )
    written = Checklist(
        id=new_id(),
        store_id=store_id,
        version=(await session.scalars(versions)).one() + 1,
        written_by=cause().actor.removeprefix("user:"),
        written_at=clock.now(),
        **command.model_dump(exclude={"items", "weekdays"}),
        items=[item.model_dump() for item in command.items],
        weekdays=sorted(command.weekdays) if command.weekdays is not None else None,
    )
    session.add(written)
    await session.flush()
    await plan_rounds(concerned, [command.code], session)
    return written


async def plan_all_rounds(session: AsyncSession) -> None:
    """Also of a store that came after the group's checklists were written, and of what comes with the product."""
    for store_id in sorted(stores()):
        rows = await session.scalars(select(Checklist.code).where(Checklist.store_id.in_((store_id, ALL))).distinct())
        await plan_rounds([store_id], {*DEFAULTS, *rows}, session)


async def plan_rounds(of: Collection[str], codes: Collection[str], session: AsyncSession) -> None:
    """From today on, unless they are planned already."""
    made = [
        {
            "id": RoundPlan.id_for(store_id, code),
            "store_id": store_id,
            "code": code,
            "opened_until_on": _today(store_id) - timedelta(days=1),
            "open_at": clock.now(),
            "cause_id": cause().id,
        }
        for store_id in sorted(of)
        for code in sorted(codes)
    ]
    await session.execute(insert(RoundPlan).on_conflict_do_nothing(), made)


def _refuse_wrong(command: WriteChecklist) -> None:
    if sum(each is not None for each in (command.every_days, command.weekdays, command.month_day)) != 1:
        raise Invalid("body.every_days", "rhythm_wrong", "Say one of every_days, weekdays, month_day.")
    if (command.answers_role is None) == (command.answers_user is None):
        raise Invalid("body.answers_role", "nobody_answers", "A role or a user answers for it.")
    if len({item.code for item in command.items}) != len(command.items):
        raise Invalid("body.items", "item_repeated", "Each item has a code of its own.")


def _today(store_id: str) -> date:
    return clock.day_in(stores()[store_id].time_zone)
